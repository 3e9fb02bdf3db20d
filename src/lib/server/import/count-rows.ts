import type pg from 'pg';
import type { Statement } from '#lib/server/database/database.ts';

/** Resolves to what a statement that selects one `count` has counted. */
export async function countRows(client: pg.ClientBase, statement: Statement): Promise<number> {
	const { rows } = await client.query<{ count: number }>(statement);
	return rows[0]?.count ?? 0;
}
