import { SQL, execute, queryRow } from './database.ts';
import { countChange, countLogIn } from './metrics.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import { type Limited, accountKey, addressKey, findLimited, returnPoint, spendPoint } from './rate-limits.ts';
import type { SignedIn } from './sessions.ts';
import { searchableName } from './users.ts';

/** What came of an attempt to log in: the person, a wrong name or password (which one is not told), or too many attempts. */
export type LogIn = { user: SignedIn } | { invalid: true } | { limited: Limited };

interface Credentials {
	id: number;
	name: string;
	password_hash: string;
}

/**
 * Checks a name and password. An unknown name takes as long as a wrong password. Failures count per
 * account, before the password is checked, so that guesses in parallel gain nothing; and per address
 * afterwards, so that a class of a hundred can log in at once from behind one address. A hash of an
 * older kind, or of weaker parameters, is replaced when the password is right.
 * @throws BusyError
 */
export async function logIn(name: string, password: string, address: string): Promise<LogIn> {
	const account = accountKey(name);
	const limited =
		(await findLimited('logInFailuresPerAddress', addressKey(address))) ??
		(await spendPoint('logInFailuresPerAccount', account));
	if (limited) {
		countLogIn('limited');
		return { limited };
	}
	const person = await queryRow<Credentials>(
		SQL`SELECT id, name, password_hash FROM users WHERE name = ${searchableName(name)}`.setName('find_credentials')
	);
	const { valid, outdated } = await verifyPassword(person?.password_hash ?? null, password);
	if (!valid || !person) {
		await spendPoint('logInFailuresPerAddress', addressKey(address));
		countLogIn('failure');
		return { invalid: true };
	}
	await returnPoint('logInFailuresPerAccount', account);
	if (outdated) await replaceHash(person, password);
	countLogIn('success');
	return { user: { id: person.id, name: person.name } };
}

/** Only the hash that was verified is replaced: somebody may have changed it meanwhile. */
async function replaceHash({ id, password_hash: verified }: Credentials, password: string): Promise<void> {
	const passwordHash = await hashPassword(password);
	const changed = await execute(
		SQL`UPDATE users SET password_hash = ${passwordHash} WHERE id = ${id} AND password_hash = ${verified}`
	);
	countChange('user', 'update', changed);
}
