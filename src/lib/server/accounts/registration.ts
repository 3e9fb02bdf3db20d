import { isBlank } from '#lib/text/message-text.ts';
import { isReservedName } from '#lib/text/profile-path.ts';
import { SQL, inTransaction } from '#lib/server/database/database.ts';
import { countChange } from '#lib/server/observability/metrics.ts';
import { NO_PASSWORD, findPasswordFault } from './password-rules.ts';
import { hashPassword } from './passwords.ts';
import { type Limited, addressKey, spendPoint } from './rate-limits.ts';
import { TAKEN, type Registration, createUser, findEmailFault, findNameFault, resemblesSimulator } from './users.ts';

/** What somebody enters; a form asks for the password twice. */
export interface EnteredRegistration extends Registration {
	repeatedPassword?: string;
}

/** Who registers somebody: anybody, from an address, or the simulator. */
export type Registrant = { address: string } | 'simulator';

/** What came of it. */
export type RegistrationOutcome =
	| { kind: 'registered' }
	/** What is wrong, as a sentence. */
	| { kind: 'invalid'; sentence: string }
	| { kind: 'limited'; limited: Limited };

/** Characters without a look of their own, which make one name look like another. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
/** They join and colour many an emoji, and letters of some scripts; between Latin letters nobody sees them. */
const JOINERS =
	/(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]|(?![\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{sc=Inherited}\p{sc=Common}])[\p{L}\p{M}])(?:\u200c|\u200d|\ufe0f)/gu;

/**
 * Registers a person. Anybody is asked for more than the protocol asks of the simulator: a password that
 * is not easily guessed, and a name that nobody can take for another's or for a page of ours.
 * @throws BusyError
 */
export async function register(entered: EnteredRegistration, by: Registrant): Promise<RegistrationOutcome> {
	return by === 'simulator' ? registerForSimulator(entered) : registerForAnybody(entered, by.address);
}

const invalid = (sentence: string) => ({ kind: 'invalid', sentence }) as const;

/** The simulator's people have any name that they can be reached under, and any password. */
async function registerForSimulator(registration: Registration): Promise<RegistrationOutcome> {
	const { name, email, password } = registration;
	const fault = findNameFault(name) ?? findEmailFault(email) ?? (password === '' ? NO_PASSWORD : null);
	if (fault) return invalid(fault);
	return (await createUser(registration)) ? { kind: 'registered' } : invalid(TAKEN);
}

async function registerForAnybody(entered: EnteredRegistration, address: string): Promise<RegistrationOutcome> {
	const registration = { ...entered, name: entered.name.trim(), email: entered.email.trim() };
	const fault = findFault(registration);
	if (fault) return invalid(fault);
	const limited = await spendPoint('registrationsPerAddress', addressKey(address));
	if (limited) return { kind: 'limited', limited };
	return (await createDistinctUser(registration)) ? { kind: 'registered' } : invalid(TAKEN);
}

function findFault({ name, email, password, repeatedPassword = password }: EnteredRegistration): string | null {
	return (
		findNameFault(isBlank(name) ? '' : name) ??
		findEmailFault(email) ??
		findPasswordFault(password, [name, email]) ??
		(password === repeatedPassword ? null : 'The two passwords do not match') ??
		(INVISIBLE.test(name.replace(JOINERS, '')) ? 'The username contains invisible characters' : null) ??
		(mixesAlphabets(name) ? 'The username mixes letters of different alphabets in a word' : null) ??
		(isReservedName(name) || resemblesSimulator(name) ? TAKEN : null)
	);
}

/** Alphabets that share shapes: one letter of another makes a word look like somebody else's name. */
const ALPHABETS = [/\p{sc=Latin}/u, /\p{sc=Cyrillic}/u, /\p{sc=Greek}/u];

function mixesAlphabets(name: string): boolean {
	const words = name.match(/[\p{L}\p{M}]+/gu) ?? [];
	return words.some((word) => ALPHABETS.filter((alphabet) => alphabet.test(word)).length > 1);
}

/** Adds a person unless somebody's name differs in nothing but case or look-alike form. */
async function createDistinctUser({ name, email, password }: Registration): Promise<boolean> {
	const passwordHash = await hashPassword(password);
	const created = await inTransaction(async (execute) => {
		// Two who ask for look-alikes at the same moment come one after the other.
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
