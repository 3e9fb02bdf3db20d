import { SQL, type Statement, execute, queryRow } from '#lib/server/database/database.ts';

/** The number of the simulator's action that a request carried; null when it carried none. */
export type Latest = number | null;

/** What `GET /latest` answers before any number was received. */
export const NONE_YET = -1;

/** Each of 64 connections writes a slot of its own; sql/migrations says why. */
function writeLatest(latest: number): Statement {
	return SQL`
		INSERT INTO simulator_latest (slot, number, received)
		VALUES (pg_backend_pid() % 64, ${latest}, nextval('simulator_latest_received'))
		ON CONFLICT (slot) DO UPDATE SET number = excluded.number, received = excluded.received
		WHERE simulator_latest.received < excluded.received`;
}

/**
 * A prepared statement that also records the simulator's number, so that both take one round trip.
 * `rest` is an INSERT, SELECT or DELETE, or begins with a comma and a further common table expression.
 */
export function withLatest(name: string, latest: Latest, rest: Statement): Statement {
	return SQL`WITH latest AS (`
		.append(latest === null ? SQL`SELECT` : writeLatest(latest))
		.append(SQL`) `)
		.append(rest)
		.setName(latest === null ? name : `${name}_with_latest`);
}

/** Records the number alone, for a request that ends before it reaches a statement of its own. */
export async function recordLatest(latest: Latest): Promise<void> {
	if (latest !== null) await execute(writeLatest(latest).setName('record_latest'));
}

/** The number received last, by whichever replica. */
export async function findLatest(): Promise<number> {
	const row = await queryRow<{ number: number }>(
		SQL`SELECT number FROM simulator_latest ORDER BY received DESC LIMIT 1`.setName('find_latest')
	);
	return row?.number ?? NONE_YET;
}
