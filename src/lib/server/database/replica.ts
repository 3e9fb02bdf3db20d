import type pg from 'pg';
import { SQL, openPool, queryRow } from './database.ts';

/*
 * A streaming standby and its lag behind the primary. The lag is measured by comparing log positions, because
 * the standby's transaction timestamps stand still while nobody writes to the primary.
 */

export interface ReplicaOptions {
	/**
	 * The address of exactly one standby, not of several behind one name: its position must not change between servers.
	 */
	url: string;
	poolSize: number;
	/** The replica is not used while its data may be older than this. */
	maxLagMs?: number;
	/** Called when the replica becomes usable or stops being usable. */
	onChange?: (isUsed: boolean) => void;
	onError?: (error: Error) => void;
}

/** A position in PostgreSQL's write-ahead log, in bytes. */
export type Position = number;

const MAX_LAG_MS = 10_000;
const POLL_INTERVAL_MS = 250;
/** A page query takes milliseconds, and the primary can answer instead. */
const QUERY_TIMEOUT_MS = 2_000;
const POLL_TIMEOUT_MS = 1_000;

/** Polled every `POLL_INTERVAL_MS`. Unusable before the first poll. */
export class Replica {
	readonly pool: pg.Pool;
	/** The position replayed at the last poll. */
	position: Position = 0;
	/** A separate connection, so that a busy pool does not make the replica look unavailable. */
	readonly #watch: pg.Pool;
	readonly #options: ReplicaOptions;
	readonly #timer: NodeJS.Timeout;
	#polling: Promise<void> | null = null;
	#isAnswering = false;
	/** The replica's data is no older than this time. */
	#freshAsOf = -Infinity;
	/** A past position of the primary; the replica's lag is known once it has replayed that. */
	#target = { position: 0, at: -Infinity };
	#wasUsable = false;

	constructor(options: ReplicaOptions) {
		this.#options = options;
		this.pool = openPool(options, QUERY_TIMEOUT_MS);
		this.#watch = openPool({ url: options.url, poolSize: 1 }, POLL_TIMEOUT_MS);
		this.#timer = setInterval(() => void this.poll(), POLL_INTERVAL_MS).unref();
	}

	get lagMs(): number {
		return performance.now() - this.#freshAsOf;
	}

	get isUsable(): boolean {
		return this.#isAnswering && this.lagMs <= (this.#options.maxLagMs ?? MAX_LAG_MS);
	}

	/** Compares the replica's position with the primary's. Concurrent calls share one poll. */
	poll(): Promise<void> {
		this.#polling ??= this.#poll().finally(() => (this.#polling = null));
		return this.#polling;
	}

	async #poll(): Promise<void> {
		const at = performance.now();
		const [ahead, position] = await Promise.all([findPrimaryPosition(), this.#findPosition()]);
		this.#isAnswering = position !== null;
		if (position !== null) {
			this.position = position;
			// While the primary is unavailable there is nothing newer.
			if (ahead === null || position >= ahead) this.#freshAsOf = at;
			else if (position >= this.#target.position) this.#freshAsOf = this.#target.at;
			if (ahead !== null && position >= this.#target.position) this.#target = { position: ahead, at };
		}
		if (this.isUsable !== this.#wasUsable) this.#options.onChange?.(this.isUsable);
		this.#wasUsable = this.isUsable;
	}

	/** Null if the server does not answer or was never a standby. A promoted standby keeps its last replay position. */
	async #findPosition(): Promise<Position | null> {
		const statement = SQL`SELECT (pg_last_wal_replay_lsn() - '0/0')::bigint AS position`;
		const { rows } = await this.#watch.query<{ position: Position | null }>(statement).catch(() => ({ rows: [] }));
		return rows[0]?.position ?? null;
	}

	async close(): Promise<void> {
		clearInterval(this.#timer);
		await Promise.all([this.pool.end(), this.#watch.end()]);
	}
}

/**
 * Resolves to the position that the primary has written, or null if it does not answer. The insert position can
 * point past the header of an empty page, which no replica reaches, so this is the write position.
 */
export async function findPrimaryPosition(): Promise<Position | null> {
	const statement = SQL`SELECT (pg_current_wal_lsn() - '0/0')::bigint AS position`.setName('position');
	return (await queryRow<{ position: Position }>(statement).catch(() => null))?.position ?? null;
}
