import pg from 'pg';
import { SQL, type SQLStatement } from 'sql-template-strings';

export { SQL };
export type Statement = SQLStatement;

export interface DatabaseOptions {
	url: string;
	/** Maximum number of connections; further requests wait for one. */
	poolSize: number;
	/** The maximum time of a statement. Default: that of a request. */
	statementTimeoutMs?: number;
	/** Called with errors of idle connections; the pool replaces such a connection itself. */
	onError?: (error: Error) => void;
}

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 10_000;
/** How much later a server that stopped responding is given up. A healthy one enforces the statement time-out itself. */
const SILENCE_MS = 2_000;

/**
 * Planner settings, sent when a connection is opened. PgBouncer does not forward start-up options, so the
 * database role has the same settings and the statement time-out (deployment/database).
 *
 * On SSDs and in memory a random page read costs little more than a sequential one. With PostgreSQL's default,
 * made for spinning disks, the planner fetches and sorts all messages of a user for one page. JIT compilation
 * of a plan takes longer than running any of our page queries, and so does planning it anew for each value: the plans
 * do not depend on the values (tests/server/query-plans.test.ts).
 */
const PLANNER_SETTINGS = '-c random_page_cost=1.1 -c jit=off -c plan_cache_mode=force_generic_plan';

// pg returns bigint as text by default; ids and counts stay far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

let pool: pg.Pool | null = null;

/** Opens the pool that all domain functions use and closes the previous one. Connects at the first statement. */
export function connectDatabase(options: DatabaseOptions): void {
	void pool?.end();
	pool = openPool(options);
}

/**
 * Creates a connection pool. `timeoutMs` replaces the default connect and query time-outs, for a server that
 * another one can stand in for.
 */
export function openPool(
	{ url, poolSize, statementTimeoutMs = STATEMENT_TIMEOUT_MS, onError }: DatabaseOptions,
	timeoutMs?: number
): pg.Pool {
	const opened = new pg.Pool({
		connectionString: url,
		max: poolSize,
		connectionTimeoutMillis: timeoutMs ?? CONNECT_TIMEOUT_MS,
		statement_timeout: statementTimeoutMs,
		query_timeout: timeoutMs ?? statementTimeoutMs + SILENCE_MS,
		keepAlive: true,
		options: PLANNER_SETTINGS,
		application_name: 'minitwit'
	});
	opened.on('error', (error) => onError?.(error));
	return opened;
}

/** Closes the pool after the running statements have finished. */
export async function disconnectDatabase(): Promise<void> {
	const ending = pool;
	pool = null;
	await ending?.end();
}

/** The pool, for a library that brings its own SQL. Throws before connectDatabase. */
export function databasePool(): pg.Pool {
	if (!pool) throw new Error('connectDatabase must be called before the database is used');
	return pool;
}

/** Runs a statement. Resolves to its rows. */
export async function queryRows<Row extends object>(statement: Statement): Promise<Row[]> {
	return (await databasePool().query<Row>(statement)).rows;
}

/** Runs a statement that returns at most one row. Resolves to the row or null. */
export async function queryRow<Row extends object>(statement: Statement): Promise<Row | null> {
	return (await queryRows<Row>(statement))[0] ?? null;
}

/** Runs a statement. Resolves to the number of affected rows. */
export async function execute(statement: Statement): Promise<number> {
	return (await databasePool().query(statement)).rowCount ?? 0;
}

/** Runs `work` in one transaction on one connection: commits if it resolves, rolls back if it rejects. */
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
		client.release(true); // closing the connection rolls back, whatever state it is in
		throw error;
	}
}

export type PoolMetrics = Record<'total' | 'idle' | 'waiting', number>;

/** The number of a pool's connections by state, for the metrics. Defaults to the primary's pool. */
export function poolMetrics(of: pg.Pool | null = pool): PoolMetrics {
	return { total: of?.totalCount ?? 0, idle: of?.idleCount ?? 0, waiting: of?.waitingCount ?? 0 };
}
