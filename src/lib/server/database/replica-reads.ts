import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { type PoolMetrics, SQL, type Statement, poolMetrics, queryRow, queryRows } from './database.ts';
import { type Position, Replica, type ReplicaOptions, findPrimaryPosition } from './replica.ts';

/*
 * Replica reads with read-your-writes. Two parties must agree before the replica is queried: the domain
 * function, by calling `readRows`, that its result may be slightly stale; and the HTTP layer, by calling
 * `withReplicaReads`, that the replica has replayed the client's own writes. Everything else goes to the
 * primary, as does a read that the replica fails to answer. Reasons: docs/decisions/0013-read-replicas.md.
 */

/** The server that answers the reads of a request. */
type Source = 'primary' | 'replica';

/** How long a browser remembers its last write. Every replica in use has replayed older writes. */
export const WRITTEN_COOKIE_SECONDS = 30;
const REPLAY_POLL_MS = 25;

const source = new AsyncLocalStorage<Source>();
let replica: Replica | null = null;

/** Connects to a replica and closes the previous one. Reads use the new one after its first successful check. */
export function connectReplica(options: ReplicaOptions): void {
	void replica?.close();
	replica = new Replica(options);
	void replica.poll();
}

/** Disconnects from the replica, if any, after the running statements have finished. */
export async function disconnectReplica(): Promise<void> {
	const ending = replica;
	replica = null;
	await ending?.close();
}

/**
 * Runs `work` with reads from the replica if the replica has replayed the log up to `position`, else from the primary.
 */
export function withReplicaReads<T>(position: Position, work: () => T): T {
	if (!replica) return work();
	return source.run(replica.isUsable && replica.position >= position ? 'replica' : 'primary', work);
}

/** The source of this request's reads. Results may be shared only between requests with the same source. */
export function readSource(): Source {
	return source.getStore() ?? 'primary';
}

/** Runs a read-only statement whose rows may be slightly stale, on the replica where allowed. Resolves to its rows. */
export async function readRows<Row extends object>(statement: Statement): Promise<Row[]> {
	if (replica?.isUsable && readSource() === 'replica') {
		// A standby also cancels statements that conflict with replay.
		const result = await replica.pool.query<Row>(statement).catch(() => null);
		if (result) return result.rows;
	}
	return queryRows<Row>(statement);
}

/**
 * Resolves to the current end of the primary's write-ahead log, which everything committed precedes; null
 * without a replica.
 */
export async function findWrittenPosition(): Promise<Position | null> {
	if (!replica) return null;
	const row = await queryRow<{ position: Position }>(
		SQL`SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint AS position`.setName('written_position')
	);
	return row?.position ?? null;
}

/** Resolves once the replica has replayed everything that the primary has now; immediately if no replica is in use. */
export async function waitUntilReplayed(): Promise<void> {
	if (!replica) return;
	const position = await findPrimaryPosition();
	while (position !== null && replica?.isUsable && replica.position < position) {
		await delay(REPLAY_POLL_MS);
		await replica?.poll();
	}
}

/**
 * The metrics of the replica, or null without one. `lagSeconds` is an upper bound; it is `Infinity` before the
 * first check.
 */
export function replicaMetrics(): { pool: PoolMetrics; lagSeconds: number } | null {
	return replica && { pool: poolMetrics(replica.pool), lagSeconds: replica.lagMs / 1000 };
}
