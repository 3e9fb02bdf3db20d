import { beforeAll, expect, test } from 'vitest';
import { SQL, databasePool, execute } from '#lib/server/database/database.ts';
import { createCrowd } from '../factories.ts';
import { useDatabase } from '../use-database.ts';
import { listQueries } from './monitoring-files.ts';

/** The dashboards' SQL queries for the last day, on a database with a month of messages. */

useDatabase();

const PEOPLE = 2_000;
const MESSAGES = 60_000;
/** Pages of 8 KiB: messages have 1,500 of them, of which a day's 50 lie in one or two ranges of 128. */
const MAX_BUFFERS = 400;

beforeAll(async () => {
	const first = (await createCrowd(PEOPLE))[0]?.id ?? 0;
	await execute(SQL`
		INSERT INTO messages (author_id, author_name, text, posted_at)
		SELECT users.id, users.name, repeat('Words of a message ', 6), now() - (${MESSAGES} - number) * interval '30 days' / ${MESSAGES}
		FROM generate_series(1, ${MESSAGES}) AS number
		JOIN users ON users.id = ${first}::bigint + number % ${PEOPLE} ORDER BY number`);
	// As autovacuum does over time.
	await execute(SQL`SELECT brin_summarize_new_values('messages_posted_at')`);
	await execute(SQL`VACUUM ANALYZE`);
});

test.each(listQueries().filter(({ rawSql }) => rawSql))('$panel reads little', async ({ rawSql = '' }) => {
	const sql = rawSql
		.replaceAll('$__interval', '5m')
		.replace(/\$__timeFilter\((\w+)\)/g, "$1 BETWEEN now() - interval '1 day' AND now()");
	const { rows } = await databasePool().query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${sql}`);
	const plan = rows[0]['QUERY PLAN'][0].Plan;
	const read = plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
	expect(read, JSON.stringify(plan, null, 2)).toBeLessThan(MAX_BUFFERS);
});
