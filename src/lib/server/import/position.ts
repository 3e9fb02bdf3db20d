import type pg from 'pg';
import { SQL } from '#lib/server/database/database.ts';
import type { Value } from './source.ts';

/* How far a source has been read: up to which id of a message, so that the last step of a move reads only what is new. */

/** Not above any id of a message, as PostgreSQL and SQLite store them. */
export const BEGINNING = String(-(2n ** 63n));

/** In PostgreSQL, a message can appear after others with higher ids, if its transaction took longer than theirs. */
const LATE_IDS = 10_000n;

/**
 * Returns whether a message is to be read after the id of another. One whose id cannot be compared is, so that it is
 * rejected with its reason.
 */
export function isAhead(id: Value, after: bigint): boolean {
	return typeof id !== 'string' || !/^-?\d{1,18}$/.test(id) || BigInt(id) > after;
}

/** Resolves to the id after which messages can be new since the last import of a source, or null if there was none. */
export async function findPosition(client: pg.ClientBase, source: string): Promise<string | null> {
	const { rows } = await client.query<{ last: string }>(
		SQL`SELECT last_message::text AS last FROM import_positions WHERE source = ${source}`
	);
	return rows[0] ? String(BigInt(rows[0].last) - LATE_IDS) : null;
}

/**
 * Remembers the highest id of the staged messages with an account here. A rejected one may have a wrong id, and all later
 * ones would be omitted.
 */
export async function rememberPosition(client: pg.ClientBase, source: string): Promise<void> {
	await client.query(SQL`
		INSERT INTO import_positions (source, last_message)
		SELECT ${source}, max(import_messages.id)
		FROM import_messages JOIN import_users ON import_users.id = author_id AND user_id IS NOT NULL
		HAVING count(*) > 0
		ON CONFLICT (source) DO UPDATE SET last_message = greatest(import_positions.last_message, excluded.last_message)`);
}
