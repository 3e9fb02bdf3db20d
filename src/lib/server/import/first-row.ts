import type pg from 'pg';
import type { Statement } from '#lib/server/database/database.ts';

/** Resolves to the row of a statement that always has one, such as one of aggregates. */
export async function firstRow<Row extends pg.QueryResultRow>(
	client: pg.ClientBase,
	statement: Statement
): Promise<Row> {
	const { rows } = await client.query<Row>(statement);
	if (!rows[0]) throw new Error('The statement has no row.');
	return rows[0];
}
