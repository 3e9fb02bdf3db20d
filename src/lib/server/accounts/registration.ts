import { isBlank } from '#lib/text/message-text.ts';
import { isReservedName } from '#lib/text/profile-path.ts';
import { SQL, inTransaction } from '#lib/server/database/database.ts';
import { countChange } from '#lib/server/observability/metrics.ts';
import { NO_PASSWORD, validatePassword } from './password-rules.ts';
import { hashPassword } from './passwords.ts';
import { type Limited, addressKey, spendPoint } from './rate-limits.ts';
import { TAKEN, type Registration, createUser, resemblesSimulator, validateEmail, validateName } from './users.ts';

/** A registration as entered; a form asks for the password twice. */
export interface EnteredRegistration extends Registration {
	repeatedPassword?: string;
}

/** Who submits a registration: an anonymous client at an address, or the simulator. */
export type Registrant = { address: string } | 'simulator';

/** The outcome of a registration. */
export type RegistrationOutcome =
	| { kind: 'registered' }
	/** The error message. */
	| { kind: 'invalid'; sentence: string }
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

const invalid = (sentence: string) => ({ kind: 'invalid', sentence }) as const;

/** The simulator may use any name that can stand in a path, and any password. */
async function registerForSimulator(registration: Registration): Promise<RegistrationOutcome> {
	const { name, email, password } = registration;
	const problem = validateName(name) ?? validateEmail(email) ?? (password === '' ? NO_PASSWORD : null);
	if (problem) return invalid(problem);
	return (await createUser(registration)) ? { kind: 'registered' } : invalid(TAKEN);
}

async function registerVisitor(entered: EnteredRegistration, address: string): Promise<RegistrationOutcome> {
	const registration = { ...entered, name: entered.name.trim(), email: entered.email.trim() };
	const problem = await validate(registration);
	if (problem) return invalid(problem);
	const limited = await spendPoint('registrationsPerAddress', addressKey(address));
	if (limited) return { kind: 'limited', limited };
	return (await createDistinctUser(registration)) ? { kind: 'registered' } : invalid(TAKEN);
}

async function validate({
	name,
	email,
	password,
	repeatedPassword = password
}: EnteredRegistration): Promise<string | null> {
	return (
		validateName(isBlank(name) ? '' : name) ??
		validateEmail(email) ??
		(await validatePassword(password, [name, email])) ??
		(password === repeatedPassword ? null : 'The two passwords do not match') ??
		(INVISIBLE.test(name.replace(JOINERS, '')) ? 'The username contains invisible characters' : null) ??
		(mixesAlphabets(name) ? 'The username mixes letters of different alphabets in a word' : null) ??
		(isReservedName(name) || resemblesSimulator(name) ? TAKEN : null)
	);
}

/** Alphabets with look-alike letters: a word that mixes them can imitate another user's name. */
const ALPHABETS = [/\p{sc=Latin}/u, /\p{sc=Cyrillic}/u, /\p{sc=Greek}/u];

function mixesAlphabets(name: string): boolean {
	const words = name.match(/[\p{L}\p{M}]+/gu) ?? [];
	return words.some((word) => ALPHABETS.filter((alphabet) => alphabet.test(word)).length > 1);
}

/** Creates a user unless an existing name differs only in case or look-alike form. Resolves to whether it did. */
async function createDistinctUser({ name, email, password }: Registration): Promise<boolean> {
	const passwordHash = await hashPassword(password);
	const created = await inTransaction(async (execute) => {
		// Serializes concurrent registrations of look-alike names.
		await execute(SQL`SELECT pg_advisory_xact_lock(hashtext(lower(normalize(${name}, NFKC))))`);
		return execute(SQL`
			INSERT INTO users (name, email, password_hash)
			SELECT ${name}, ${email}, ${passwordHash}
			WHERE NOT EXISTS (SELECT FROM users WHERE name_key = lower(normalize(${name}, NFKC)))
			ON CONFLICT (name) DO NOTHING`);
	});
	countChange('user', 'insert', created);
	return created === 1;
}
