import { isReservedName } from '../profile-path.ts';
import { SQL, inTransaction } from './database.ts';
import { countChange } from './metrics.ts';
import { findPasswordFault } from './password-rules.ts';
import { hashPassword } from './passwords.ts';
import { type Limited, addressKey, spendPoint } from './rate-limits.ts';
import { TAKEN, type Registration, findEmailFault, findNameFault, resemblesSimulator } from './users.ts';

/** What a person entered, the password twice. */
export interface WebRegistration extends Registration {
	repeatedPassword: string;
}

/** Null for a new person; else what is wrong, as a sentence, or how long to wait. */
export type RegistrationFault = { sentence: string } | { limited: Limited } | null;

/** Characters without a look of their own, which make one name look like another. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
/** They join and colour many an emoji, and letters of some scripts; between Latin letters nobody sees them. */
const JOINERS =
	/(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]|(?![\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{sc=Inherited}\p{sc=Common}])[\p{L}\p{M}])(?:\u200c|\u200d|\ufe0f)/gu;

/**
 * Registers a person from the web form, which asks for more than the protocol: a password that is
 * not easily guessed, and a name that nobody can take for another's or for a page of ours.
 * @throws BusyError
 */
export async function registerOnWeb(registration: WebRegistration, address: string): Promise<RegistrationFault> {
	const fault = findFault(registration);
	if (fault) return { sentence: fault };
	const limited = await spendPoint('registrationsPerAddress', addressKey(address));
	if (limited) return { limited };
	return (await createDistinctUser(registration)) ? null : { sentence: TAKEN };
}

function findFault({ name, email, password, repeatedPassword }: WebRegistration): string | null {
	return (
		findNameFault(name) ??
		findEmailFault(email) ??
		findPasswordFault(password) ??
		(password === repeatedPassword ? null : 'The two passwords do not match') ??
		(INVISIBLE.test(name.replace(JOINERS, '')) ? 'The username has characters that nobody can see' : null) ??
		(isReservedName(name) || resemblesSimulator(name) ? TAKEN : null)
	);
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
