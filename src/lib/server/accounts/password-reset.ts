import { createHash, randomBytes } from 'node:crypto';
import { SQL, type Statement, execute, inTransaction, queryRow, queryRows } from '#lib/server/database/database.ts';
import { countChange } from '#lib/server/observability/metrics.ts';
import { deviceHashOf, rememberDevice } from './known-devices.ts';
import { type PasswordFault, validateRepeatedPassword } from './password-rules.ts';
import { hashPassword } from './passwords.ts';
import { endedSessions } from './sessions.ts';

/** How long a link works. */
export const RESET_MINUTES = 30;

/** A mail stays readable, whoever registers with an address that is not theirs. */
const MAX_ACCOUNTS = 20;

/** An account that can get a new password. */
export interface ResettableAccount {
	id: number;
	name: string;
	email: string;
}

/** The outcome of setting a new password. `gone`: the link was used, replaced by a newer one, has expired, or never was. */
export type ResetOutcome = { kind: 'reset'; name: string } | ({ kind: 'invalid' } & PasswordFault) | { kind: 'gone' };

const hashOf = (token: string) => createHash('sha256').update(token).digest();

/**
 * Returns the path of a link with which an account can get a new password once, and the statement that makes it work and
 * ends the account's earlier one. Only a hash of the link's token is stored.
 */
export function newReset(userId: number): { path: string; created: Statement } {
	const token = randomBytes(32).toString('base64url');
	const created = SQL`
		INSERT INTO password_resets (user_id, token_hash, expires_at)
		VALUES (${userId}, ${hashOf(token)}, now() + ${RESET_MINUTES} * interval '1 minute')
		ON CONFLICT (user_id) DO UPDATE SET token_hash = EXCLUDED.token_hash, expires_at = EXCLUDED.expires_at`;
	return { path: `/reset/${token}`, created };
}

/** Creates such a link. Resolves to its path. */
export async function createResetPath(userId: number): Promise<string> {
	const { path, created } = newReset(userId);
	await execute(created);
	return path;
}

/**
 * Lists the accounts with an address, which may be written with other capitals, oldest first. MATERIALIZED keeps the
 * planner from looking for them in the order of the id.
 */
export async function listAccountsToReset(email: string): Promise<ResettableAccount[]> {
	return queryRows(SQL`
		WITH account AS MATERIALIZED (SELECT id, name, email FROM users WHERE lower(email) = lower(${email}))
		SELECT id, name, email FROM account ORDER BY id LIMIT ${MAX_ACCOUNTS}`);
}

/** Finds the account of a link; null for a link that does not work, or no longer. */
export async function findResettable(token: string): Promise<ResettableAccount | null> {
	return queryRow(SQL`
		SELECT users.id, users.name, users.email
		FROM password_resets JOIN users ON users.id = password_resets.user_id
		WHERE token_hash = ${hashOf(token)} AND expires_at > now()`);
}

/**
 * Sets a new password, uses up the link and ends all sessions of the account. `device` becomes known to the account, so
 * that failures before, of the owner or of others, do not limit the log-in that follows.
 * @throws BusyError
 */
export async function resetPassword(
	token: string,
	{ password, repeatedPassword }: { password: string; repeatedPassword: string },
	device: string
): Promise<ResetOutcome> {
	const account = await findResettable(token);
	if (!account) return { kind: 'gone' };
	const { id, name, email } = account;
	const fault = await validateRepeatedPassword(password, repeatedPassword, [name, email]);
	if (fault) return { kind: 'invalid', ...fault };
	const passwordHash = await hashPassword(password);
	const isFirst = await inTransaction(async (execute) => {
		const used = SQL`DELETE FROM password_resets WHERE token_hash = ${hashOf(token)} AND expires_at > now()`;
		if ((await execute(used)) === 0) return false;
		await execute(SQL`UPDATE users SET password_hash = ${passwordHash} WHERE id = ${id}`);
		await execute(endedSessions(SQL`user_id = ${id}`));
		return true;
	});
	if (!isFirst) return { kind: 'gone' };
	countChange('user', 'update');
	await rememberDevice(id, deviceHashOf({ address: '', device }));
	return { kind: 'reset', name };
}

/** A statement that ends the links of a user. */
export function revokedResets(userId: number): Statement {
	return SQL`DELETE FROM password_resets WHERE user_id = ${userId}`;
}

/** A statement that deletes at most `rows` links whose time has passed. */
export function expiredResets(rows: number): Statement {
	return SQL`
		DELETE FROM password_resets
		WHERE user_id IN (SELECT user_id FROM password_resets WHERE expires_at <= now() LIMIT ${rows})
			AND expires_at <= now()`;
}
