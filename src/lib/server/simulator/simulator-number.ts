import { SQL, execute, queryRow } from '#lib/server/database/database.ts';
import { createBatch } from '#lib/server/database/batch.ts';

/*
 * A simulator request may carry a number, and `GET /latest` returns the one received last by any process.
 * Reasons: docs/decisions/0005-latest-number.md.
 */

/** The response of `GET /latest` before any number has been received. */
export const NONE_YET = -1;

/**
 * Records a number. Resolves once `findLatest` returns it, or a later one, in every process: numbers that
 * arrive during a write share the next statement, which writes the last of them.
 */
export const recordLatest = createBatch<number, unknown>({
	name: 'simulator_number',
	maxSize: Infinity,
	isOrdered: true,
	async run(numbers) {
		await writeLatest(numbers.at(-1) ?? NONE_YET);
		return numbers;
	}
});

/** Connections are spread over 64 rows so that processes do not wait for each other's row locks. */
function writeLatest(number: number): Promise<number> {
	return execute(
		SQL`
		INSERT INTO simulator_latest (slot, number, received)
		VALUES (pg_backend_pid() % 64, ${number}, nextval('simulator_latest_received'))
		ON CONFLICT (slot) DO UPDATE SET number = excluded.number, received = excluded.received
		WHERE simulator_latest.received < excluded.received`.setName('record_latest')
	);
}

/** Resolves to the number received last by any process. */
export async function findLatest(): Promise<number> {
	const row = await queryRow<{ number: number }>(
		SQL`SELECT number FROM simulator_latest ORDER BY received DESC LIMIT 1`.setName('find_latest')
	);
	return row?.number ?? NONE_YET;
}
