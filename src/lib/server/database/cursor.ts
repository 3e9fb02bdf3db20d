import type pg from 'pg';
import { SQL, type Statement } from './database.ts';

const ROWS_AT_A_TIME = 2_000;

/** Reads any number of rows through a cursor, in bounded memory. The client must be in a transaction. */
export async function* fetchRows<Row extends object>(client: pg.ClientBase, select: Statement): AsyncGenerator<Row> {
	await client.query(SQL`DECLARE fetched NO SCROLL CURSOR FOR `.append(select));
	for (;;) {
		const { rows } = await client.query<Row>(`FETCH ${ROWS_AT_A_TIME} FROM fetched`);
		if (rows.length === 0) break;
		yield* rows;
	}
	await client.query('CLOSE fetched');
}
