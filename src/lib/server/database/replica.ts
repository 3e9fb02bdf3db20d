import type pg from 'pg';
import { SQL, openPool, queryRow } from './database.ts';

/*
 * A streaming standby, and how far it is behind the primary. It is compared with the primary by position
 * alone: the times of transactions, which it also tells, stand still with a primary that nobody writes to.
 */

export interface ReplicaOptions {
	/** Of one standby, not of several behind one name: what is known of its position holds for it alone. */
	url: string;
	poolSize: number;
	/** A replica that shows what is older than this is not asked. */
	maxLagMs?: number;
	/** Told when the replica begins or ceases to be used. */
	onChange?: (isUsed: boolean) => void;
	onError?: (error: Error) => void;
}

/** A place in PostgreSQL's log of changes, in bytes. */
export type Position = number;

const MAX_LAG_MS = 10_000;
const LOOK_EVERY_MS = 250;
/** A page takes milliseconds, and the primary can be asked instead. */
const ANSWER_PATIENCE_MS = 2_000;
const LOOK_PATIENCE_MS = 1_000;

/** Looked at four times a second, and unusable before the first time. */
export class Replica {
	readonly pool: pg.Pool;
	/** What it had replayed when it was last looked at. */
	position: Position = 0;
	/** A connection of its own: that all others are busy is no reason to turn to the primary. */
	readonly #watch: pg.Pool;
	readonly #options: ReplicaOptions;
	readonly #timer: NodeJS.Timeout;
	#looking: Promise<void> | null = null;
	#isAnswering = false;
	/** What it shows is no older than this. */
	#provenAt = -Infinity;
	/** Where the primary was at a time, to be reached by the replica. */
	#goal = { position: 0, at: -Infinity };
	#wasUsable = false;

	constructor(options: ReplicaOptions) {
		this.#options = options;
		this.pool = openPool(options, ANSWER_PATIENCE_MS);
		this.#watch = openPool({ url: options.url, poolSize: 1 }, LOOK_PATIENCE_MS);
		this.#timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
	}

	get lagMs(): number {
		return performance.now() - this.#provenAt;
	}

	get isUsable(): boolean {
		return this.#isAnswering && this.lagMs <= (this.#options.maxLagMs ?? MAX_LAG_MS);
	}

	/** Compares its position with the primary's. Those who ask meanwhile share one look. */
	look(): Promise<void> {
		this.#looking ??= this.#look().finally(() => (this.#looking = null));
		return this.#looking;
	}

	async #look(): Promise<void> {
		const at = performance.now();
		const [ahead, position] = await Promise.all([findPosition(), this.#findPosition()]);
		this.#isAnswering = position !== null;
		if (position !== null) {
			this.position = position;
			// With the primary away there is nothing newer to be had.
			if (ahead === null || position >= ahead) this.#provenAt = at;
			else if (position >= this.#goal.position) this.#provenAt = this.#goal.at;
			if (ahead !== null && position >= this.#goal.position) this.#goal = { position: ahead, at };
		}
		if (this.isUsable !== this.#wasUsable) this.#options.onChange?.(this.isUsable);
		this.#wasUsable = this.isUsable;
	}

	/** Null when it does not answer or has never been a standby. One that was promoted stays where it was then. */
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
 * What the primary has sent, or is about to; null when it does not answer. The end of the log itself
 * is sometimes the beginning of a page with nothing on it yet, which no replica ever reaches.
 */
export async function findPosition(): Promise<Position | null> {
	const statement = SQL`SELECT (pg_current_wal_lsn() - '0/0')::bigint AS position`.setName('position');
	return (await queryRow<{ position: Position }>(statement).catch(() => null))?.position ?? null;
}
