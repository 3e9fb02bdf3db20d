import { isBlank } from '#lib/text/message-text.ts';
import { isReservedName } from '#lib/text/profile-path.ts';
import { SQL, type Statement, inTransaction } from '#lib/server/database/database.ts';
import { countChange } from '#lib/server/observability/metrics.ts';
import { NO_PASSWORD, validateRepeatedPassword } from './password-rules.ts';
import { hashPassword } from './passwords.ts';
import { type Limited, addressKey, spendPoint } from './rate-limits.ts';
import { TAKEN, type Registration, createUser, resemblesSimulator, validateEmail, validateName } from './users.ts';

/** A registration as entered; a form asks for the password twice. */
export interface EnteredRegistration extends Registration {
	repeatedPassword?: string;
}

/** A part of a registration that can be wrong. */
export type RegistrationField = keyof EnteredRegistration;

/** Who submits a registration: an anonymous client at an address, or the simulator. */
export type Registrant = { address: string } | 'simulator';

/** The outcome of a registration. */
export type RegistrationOutcome =
	| { kind: 'registered' }
	/** The first wrong field in the order of the form, and the error message. */
	| { kind: 'invalid'; field: RegistrationField; sentence: string }
	| { kind: 'limited'; limited: Limited };

/** Characters that render as nothing and can make one name look like another. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
/** Joiners and variation selectors that emoji and some scripts need; next to Latin letters they would be invisible. */
const JOINERS =
	/(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]|(?![\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{sc=Inherited}\p{sc=Common}])[\p{L}\p{M}])(?:\u200c|\u200d|\ufe0f)/gu;

/**
 * Registers a user. Anonymous clients must meet stricter rules than the protocol sets for the simulator: a password
 * that is not easily guessed, and a name that cannot be confused with another user or a page of the site.
 * @throws BusyError
 */
export async function register(entered: EnteredRegistration, by: Registrant): Promise<RegistrationOutcome> {
	return by === 'simulator' ? registerForSimulator(entered) : registerVisitor(entered, by.address);
}

interface Fault {
	field: RegistrationField;
	sentence: string;
}

const faultIn = (field: RegistrationField, sentence: string | null): Fault | null =>
	sentence === null ? null : { field, sentence };

const invalid = (fault: Fault) => ({ kind: 'invalid', ...fault }) as const;

const NAME_TAKEN = invalid({ field: 'name', sentence: TAKEN });

/**
 * Returns what is wrong with a registration by the simulator, or null. It may use any name that can stand in a path, and
 * any password.
 */
export function findSimulatedFault({ name, email, password }: Registration): Fault | null {
	return (
		faultIn('name', validateName(name)) ??
		faultIn('email', validateEmail(email)) ??
		faultIn('password', password === '' ? NO_PASSWORD : null)
	);
}

async function registerForSimulator(registration: Registration): Promise<RegistrationOutcome> {
	const fault = findSimulatedFault(registration);
	if (fault) return invalid(fault);
	return (await createUser(registration)) ? { kind: 'registered' } : NAME_TAKEN;
}

async function registerVisitor(entered: EnteredRegistration, address: string): Promise<RegistrationOutcome> {
	const registration = { ...entered, name: entered.name.trim(), email: entered.email.trim() };
	const fault = await validate(registration);
	if (fault) return invalid(fault);
	const limited = await spendPoint('registrationsPerAddress', addressKey(address));
	if (limited) return { kind: 'limited', limited };
	return (await createDistinctUser(registration)) ? { kind: 'registered' } : NAME_TAKEN;
}

async function validate(entered: EnteredRegistration): Promise<Fault | null> {
	const { name, email, password, repeatedPassword = password } = entered;
	return (
		faultIn('name', validateName(isBlank(name) ? '' : name)) ??
		faultIn('email', validateEmail(email)) ??
		(await validateRepeatedPassword(password, repeatedPassword, [name, email])) ??
		faultIn('name', validateNewName(name))
	);
}

/** Rules that names must meet unless the simulator chooses them. Returns an error message, or null. */
export function validateNewName(name: string): string | null {
	if (INVISIBLE.test(name.replace(JOINERS, ''))) return 'The username contains invisible characters';
	if (mixesAlphabets(name)) return 'The username mixes letters of different alphabets in a word';
	return isReservedName(name) || resemblesSimulator(name) ? TAKEN : null;
}

/** Alphabets with look-alike letters: a word that mixes them can imitate another user's name. */
const ALPHABETS = [/\p{sc=Latin}/u, /\p{sc=Cyrillic}/u, /\p{sc=Greek}/u];

function mixesAlphabets(name: string): boolean {
	const words = name.match(/[\p{L}\p{M}]+/gu) ?? [];
	return words.some((word) => ALPHABETS.filter((alphabet) => alphabet.test(word)).length > 1);
}

/** A statement that makes concurrent registrations of look-alike names wait for each other. */
export function lookAlikesLocked(name: string): Statement {
	return SQL`SELECT pg_advisory_xact_lock(hashtext(lower(normalize(${name}, NFKC))))`;
}

/** Creates a user unless an existing or held name differs only in case or look-alike form. Resolves to whether it did. */
async function createDistinctUser({ name, email, password }: Registration): Promise<boolean> {
	const passwordHash = await hashPassword(password);
	const created = await inTransaction(async (execute) => {
		await execute(lookAlikesLocked(name));
		return execute(SQL`
			INSERT INTO users (name, email, password_hash)
			SELECT ${name}, ${email}, ${passwordHash}
			WHERE NOT EXISTS (SELECT FROM users WHERE name_key = lower(normalize(${name}, NFKC)))
				AND NOT EXISTS (
					SELECT FROM held_names WHERE name_key = lower(normalize(${name}, NFKC)) AND held_until > now()
				)
			ON CONFLICT (name) DO NOTHING`);
	});
	countChange('user', 'insert', created);
	return created === 1;
}
