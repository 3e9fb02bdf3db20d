import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { type PoolFigures, SQL, type Statement, poolFigures, queryRow, queryRows } from './database.ts';
import { type Position, Replica, type ReplicaOptions, findPosition } from './replica.ts';

/*
 * Reads that a replica may answer. Two have to agree before it is asked: the domain function, by
 * `readRows`, that what it reads may be a moment old; and the edge, by `allowingReplica`, that whoever
 * asks has written nothing that the replica lacks. Everything else goes to the primary, and so does a
 * read that the replica does not answer. docs/decisions/0013-read-replicas.md has the reasons.
 */

/** Where the reads of a request go. */
type Source = 'primary' | 'replica';

/** For so long a browser remembers that it wrote: what is older than that, no replica in use lacks. */
export const WRITE_MEMORY_SECONDS = 30;
const LOOK_AGAIN_MS = 25;

const source = new AsyncLocalStorage<Source>();
let replica: Replica | null = null;

/** Begins to use a replica, once it has been looked at, in place of one from before. */
export function connectReplica(options: ReplicaOptions): void {
	void replica?.close();
	replica = new Replica(options);
	void replica.look();
}

/** Ends the connections to the replica, if there is one, once the statements under way are done. */
export async function disconnectReplica(): Promise<void> {
	const ending = replica;
	replica = null;
	await ending?.close();
}

/** Runs work whose reads may come from the replica, provided that it has replayed a position. */
export function allowingReplica<T>(position: Position, work: () => T): T {
	if (!replica) return work();
	return source.run(replica.isUsable && replica.position >= position ? 'replica' : 'primary', work);
}

/** Where this request's reads go. Reads that are shared with other requests are shared by source. */
export function readSource(): Source {
	return source.getStore() ?? 'primary';
}

/** Runs a statement that changes nothing and whose rows may be a moment old. */
export async function readRows<Row extends object>(statement: Statement): Promise<Row[]> {
	if (replica?.isUsable && readSource() === 'replica') {
		// A standby also ends statements that stand in the way of what it has to replay.
		const result = await replica.pool.query<Row>(statement).catch(() => null);
		if (result) return result.rows;
	}
	return queryRows<Row>(statement);
}

/** As `readRows`, for one row or none. */
export async function readRow<Row extends object>(statement: Statement): Promise<Row | null> {
	return (await readRows<Row>(statement))[0] ?? null;
}

/** Where the log of changes ends now, so that everything committed lies before it; null without a replica. */
export async function findWrittenPosition(): Promise<Position | null> {
	if (!replica) return null;
	const row = await queryRow<{ position: Position }>(
		SQL`SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint AS position`.setName('written_position')
	);
	return row?.position ?? null;
}

/** Resolves once readers of the replica see what the primary has now: at once where there is none in use. */
export async function untilReplayed(): Promise<void> {
	if (!replica) return;
	const position = await findPosition();
	while (position !== null && replica?.isUsable && replica.position < position) {
		await delay(LOOK_AGAIN_MS);
		await replica?.look();
	}
}

/** For the metrics; null without a replica. The lag is the most that it can be, `Infinity` before the first look. */
export function replicaFigures(): { pool: PoolFigures; lagSeconds: number } | null {
	return replica && { pool: poolFigures(replica.pool), lagSeconds: replica.lagMs / 1000 };
}
