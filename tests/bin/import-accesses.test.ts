import { expect, test } from 'vitest';
import { SQL, execute, queryRow } from '#lib/server/database/database.ts';
import { importFrom } from '#lib/server/import/import.ts';
import { openSource } from '../../bin/import/open-source.ts';
import { createPerson } from '../factories.ts';
import { useDatabase } from '../use-database.ts';
import { createClassic } from './classic-database.ts';

/* Numbers of rows instead of times, which depend on the machine. PostgreSQL counts them with a delay. */

const database = useDatabase();

/** Resolves to how many rows have been inserted into the table of messages. */
async function countInserted(): Promise<number> {
	const row = await queryRow<{ inserted: number }>(
		SQL`SELECT n_tup_ins AS inserted FROM pg_stat_user_tables WHERE relname = 'messages'`
	);
	return row?.inserted ?? 0;
}

/** Resolves to how many rows of the table of messages, and entries of its indexes, have been read. */
async function countRead(): Promise<number> {
	const row = await queryRow<{ read: number }>(SQL`
		SELECT seq_tup_read + (
			SELECT sum(idx_tup_read)::bigint FROM pg_stat_user_indexes WHERE relname = 'messages'
		) AS read
		FROM pg_stat_user_tables WHERE relname = 'messages'`);
	return row?.read ?? 0;
}

test('a part does not read the messages of others, and a dry run writes none', async () => {
	const { id, name } = await createPerson();
	await execute(SQL`
		INSERT INTO messages (author_id, author_name, text, client_id)
		SELECT ${id}, ${name}, 'here', gen_random_uuid() FROM generate_series(1, 2000)`);
	await execute(SQL`ANALYZE messages`);
	await expect.poll(countInserted).toBe(2000);
	const before = await countRead();
	const { path } = createClassic({
		users: [[1, 'Ann', 'ann@example.org', 'plain$$secret']],
		messages: Array.from({ length: 50 }, (_, index) => [index, 1, 'a', 1_700_000_000 + index, 0])
	});
	for (const dryRun of [true, false]) {
		const source = await openSource(path);
		const options = { merge: true, partRows: 1, dryRun };
		const { messages } = await importFrom(
			database.config.DATABASE_URL,
			source,
			{ kind: 'operator', name: 'root' },
			options
		);
		await source.close();
		expect(messages.imported).toBe(50);
	}
	await expect.poll(countInserted).toBe(2050);
	expect((await countRead()) - before).toBeLessThan(10_000);
});
