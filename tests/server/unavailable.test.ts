import { expect, test } from 'vitest';
import { SQL, databasePool, execute, inTransaction, openPool } from '#lib/server/database/database.ts';
import { isUnavailable } from '#lib/server/listening/unavailable.ts';
import { useDatabase } from '../use-database.ts';

const database = useDatabase();

const failureOf = (work: Promise<unknown>) =>
	work.then(
		() => 'no failure',
		(error: unknown) => error
	);

/** Runs `work` with a pool of one connection. */
async function inPool<T>(work: (pool: ReturnType<typeof openPool>) => Promise<T>, url = database.config.DATABASE_URL) {
	const pool = openPool({ url, poolSize: 1, onError: () => undefined }, 300);
	try {
		return await work(pool);
	} finally {
		await pool.end();
	}
}

const PASSING: [string, () => Promise<unknown>][] = [
	['nothing listens', () => inPool((pool) => pool.query('SELECT'), 'postgres://127.0.0.1:1/none')],
	['its host is not found', () => inPool((pool) => pool.query('SELECT'), 'postgres://database.invalid/none')],
	['it does not answer in time', () => inPool((pool) => pool.query('SELECT pg_sleep(2)'))],
	[
		'no connection becomes free',
		() =>
			inPool(async (pool) => {
				const client = await pool.connect();
				return pool.query('SELECT').finally(() => client.release());
			})
	],
	['it closes the connection', () => inPool((pool) => pool.query('SELECT pg_terminate_backend(pg_backend_pid())'))],
	[
		'a statement takes too long',
		() =>
			inTransaction(async (run) => {
				await run(SQL`SET LOCAL statement_timeout = 1`);
				await run(SQL`SELECT pg_sleep(10)`);
			})
	],
	[
		'it is a standby',
		() =>
			inTransaction(async (run) => {
				await run(SQL`SET LOCAL transaction_read_only = on`);
				await run(SQL`UPDATE users SET email = email`);
			})
	]
];

test.each(PASSING)('the database is unavailable if %s', async (_, work) => {
	const failure = await failureOf(work());
	expect(failure).toBeInstanceOf(Error);
	expect(isUnavailable(failure), String(failure)).toBe(true);
});

test.each([
	['a table is missing', () => execute(SQL`SELECT FROM missing`)],
	['a constraint is broken', () => execute(SQL`INSERT INTO moderators (user_id) VALUES (0)`)],
	['the program is wrong', async () => (databasePool as unknown as (x: null) => { y: { z: () => void } })(null).y.z()],
	['something else is thrown', () => Promise.reject(new Error('Query of another kind'))]
])('it is not if %s', async (_, work) => {
	const failure = await failureOf(work());
	expect(failure).not.toBe('no failure');
	expect(isUnavailable(failure), String(failure)).toBe(false);
});
