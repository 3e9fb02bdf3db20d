import { SQL, inTransaction, queryRow, queryRows } from '#lib/server/database/database.ts';
import { type Actor, NO_SUBJECT, recorded } from '#lib/server/moderation/audit-records.ts';
import { countChange } from '#lib/server/observability/metrics.ts';
import { hashPassword } from './passwords.ts';
import { wrapHash } from './wrapped-passwords.ts';

/** Fewer than the queue for hashes takes. */
const BATCH_ROWS = 100;

/** What may be weak: everything but the formats of Argon2, bcrypt, scrypt and wrapped hashes, and no password. */
const MAY_BE_WEAK = SQL`password_hash ~ '^(pbkdf2|md5|sha[0-9]|[0-9a-fA-F]{32}$|[0-9a-fA-F]{40}$)'`;

/** Resolves to the number of accounts with a hash that may be weak. */
export async function countWeakHashes(): Promise<number> {
	const row = await queryRow<{ count: number }>(SQL`SELECT count(*) FROM users WHERE `.append(MAY_BE_WEAK));
	return row?.count ?? 0;
}

/**
 * Wraps every weak hash, so that a stolen database is not quickly guessed. Passwords stay the same. Calls `onProgress` with
 * the number of accounts so far. Resolves to how many were changed.
 */
export async function wrapWeakHashes(actor: Actor, onProgress: (wrapped: number) => void): Promise<number> {
	let wrapped = 0;
	for (let after = 0; ;) {
		const users = await queryRows<{ id: number; password_hash: string }>(
			SQL`SELECT id, password_hash FROM users WHERE id > ${after} AND `
				.append(MAY_BE_WEAK)
				.append(SQL` ORDER BY id LIMIT ${BATCH_ROWS}`)
		);
		if (users.length === 0) return wrapped;
		wrapped += await wrapBatch(actor, users);
		onProgress(wrapped);
		after = users.at(-1)?.id ?? after;
	}
}

/** A hash is replaced only if it is still the same: its owner may have logged in meanwhile. */
async function wrapBatch(actor: Actor, users: { id: number; password_hash: string }[]): Promise<number> {
	const hashes = await Promise.all(users.map(({ password_hash }) => wrapHash(password_hash, hashPassword)));
	const changed = await inTransaction(async (execute) => {
		const rows = await execute(SQL`
			UPDATE users SET password_hash = input.wrapped
			FROM unnest(
				${users.map(({ id }) => id)}::bigint[],
				${users.map(({ password_hash }) => password_hash)}::text[],
				${hashes}::text[]
			) AS input (id, weak, wrapped)
			WHERE users.id = input.id AND password_hash = input.weak AND input.wrapped IS NOT NULL`);
		const entry = { action: 'passwords.wrap', reason: null, details: { users: rows } } as const;
		if (rows > 0) await execute(recorded(actor, entry, NO_SUBJECT));
		return rows;
	});
	countChange('user', 'update', changed);
	return changed;
}
