import { SQL, execute, queryRow } from '#lib/server/database/database.ts';
import { shareNext } from '#lib/server/database/share-next.ts';

/*
 * Each request of the simulator may carry a number, and `GET /latest` answers the one received last, by
 * whichever process. docs/decisions/0005-latest-number.md has the reasons.
 */

/** What `GET /latest` answers before any number was received. */
export const NONE_YET = -1;

let received = NONE_YET;

/**
 * Records a number. Resolves once `findLatest` of every process answers it, or one that was received later:
 * numbers that arrive while one is being written share the next statement, which writes the last of them.
 */
export async function recordLatest(number: number): Promise<void> {
	received = number;
	await shareNext('simulator number', () => writeLatest(received));
}

/** Each of 64 connections writes a row of its own, so that processes do not wait for each other. */
function writeLatest(number: number): Promise<number> {
	return execute(
		SQL`
		INSERT INTO simulator_latest (slot, number, received)
		VALUES (pg_backend_pid() % 64, ${number}, nextval('simulator_latest_received'))
		ON CONFLICT (slot) DO UPDATE SET number = excluded.number, received = excluded.received
		WHERE simulator_latest.received < excluded.received`.setName('record_latest')
	);
}

/** The number received last, by whichever process. */
export async function findLatest(): Promise<number> {
	const row = await queryRow<{ number: number }>(
		SQL`SELECT number FROM simulator_latest ORDER BY received DESC LIMIT 1`.setName('find_latest')
	);
	return row?.number ?? NONE_YET;
}
