import pg from 'pg';
import { SQL, type SQLStatement } from 'sql-template-strings';

export { SQL };
export type Statement = SQLStatement;

export interface DatabaseOptions {
	url: string;
	/** Connections kept at most; further requests wait for one. */
	poolSize: number;
	/** Told of an error on an idle connection; the pool replaces that connection by itself. */
	onError?: (error: Error) => void;
}

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 10_000;
/** For a server that fell silent, which cannot end a statement itself: later than it would. */
const ANSWER_TIMEOUT_MS = 12_000;

/**
 * Sent when a connection is opened; a pooler passes none of it on, so the role of the servers has the
 * same settings, and the time-out of statements with them (deployment/database).
 *
 * A random page costs little more than the next one, on an SSD as in memory. With PostgreSQL's
 * default, made for spinning disks, it gathers and sorts all messages of a person for one page.
 * Compiling a plan takes longer than any page of ours.
 */
const PLANNER_SETTINGS = '-c random_page_cost=1.1 -c jit=off';

// bigint arrives as text by default; ids and counts stay far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

let pool: pg.Pool | null = null;

/** Opens the pool that every domain function uses, in place of one from before. Nothing is sent before the first statement. */
export function connectDatabase(options: DatabaseOptions): void {
	void pool?.end();
	pool = openPool(options);
}

/** A pool of connections. `patienceMs` is for a server that another can stand in for: how long an answer may take. */
export function openPool({ url, poolSize, onError }: DatabaseOptions, patienceMs?: number): pg.Pool {
	const opened = new pg.Pool({
		connectionString: url,
		max: poolSize,
		connectionTimeoutMillis: patienceMs ?? CONNECT_TIMEOUT_MS,
		statement_timeout: STATEMENT_TIMEOUT_MS,
		query_timeout: patienceMs ?? ANSWER_TIMEOUT_MS,
		keepAlive: true,
		options: PLANNER_SETTINGS,
		application_name: 'minitwit'
	});
	opened.on('error', (error) => onError?.(error));
	return opened;
}

/** Ends the pool once the statements under way are done. */
export async function disconnectDatabase(): Promise<void> {
	const ending = pool;
	pool = null;
	await ending?.end();
}

/** The pool itself, for a library that brings its own SQL. Throws before connectDatabase. */
export function databasePool(): pg.Pool {
	if (!pool) throw new Error('The database is used before connectDatabase was called');
	return pool;
}

/** Runs a statement that answers with any number of rows. */
export async function queryRows<Row extends object>(statement: Statement): Promise<Row[]> {
	return (await databasePool().query<Row>(statement)).rows;
}

/** Runs a statement that answers with one row or none. */
export async function queryRow<Row extends object>(statement: Statement): Promise<Row | null> {
	return (await queryRows<Row>(statement))[0] ?? null;
}

/** Runs a statement for its effect. Resolves to the number of rows it changed. */
export async function execute(statement: Statement): Promise<number> {
	return (await databasePool().query(statement)).rowCount ?? 0;
}

/** Runs statements on one connection in one transaction: all of them count, or none. */
export async function inTransaction<T>(
	work: (execute: (statement: Statement) => Promise<number>) => Promise<T>
): Promise<T> {
	const client = await databasePool().connect();
	try {
		await client.query('BEGIN');
		const result = await work(async (statement) => (await client.query(statement)).rowCount ?? 0);
		await client.query('COMMIT');
		client.release();
		return result;
	} catch (error) {
		client.release(true); // a closed connection rolls back whatever state it was in
		throw error;
	}
}

export type PoolFigures = Record<'total' | 'idle' | 'waiting', number>;

/** Connections of a pool by state, for the metrics; of the primary's unless another is given. */
export function poolFigures(of: pg.Pool | null = pool): PoolFigures {
	return { total: of?.totalCount ?? 0, idle: of?.idleCount ?? 0, waiting: of?.waitingCount ?? 0 };
}
