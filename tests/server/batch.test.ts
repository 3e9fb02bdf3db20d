import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createBatch } from '#lib/server/database/batch.ts';
import { SQL, type Statement, databasePool, execute, queryRows } from '#lib/server/database/database.ts';
import { postMessage } from '#lib/server/messages/post-message.ts';
import { readMetrics } from '#lib/server/observability/metrics.ts';
import { createCrowd } from '../factories.ts';
import { useDatabase } from '../use-database.ts';

useDatabase();

let count = 0;

/** A batch whose runs the test settles. An output is its input as text. */
function controlledBatch(options: { maxSize?: number; maxRunning?: number; isOrdered?: boolean } = {}) {
	const runs: { inputs: number[]; finish: () => void; fail: (error: Error) => void }[] = [];
	const run = (inputs: number[]) =>
		new Promise<string[]>((resolve, reject) => {
			runs.push({ inputs, finish: () => resolve(inputs.map(String)), fail: reject });
		});
	const name = `test_${++count}`;
	return { name, runs, batched: createBatch({ name, run, ...options }) };
}

/** Resolves after the batches that are due have started. */
const nextTurn = () => new Promise<void>((resolve) => void setImmediate(() => setImmediate(resolve)));
const withCode = (code: string) => Object.assign(new Error(code), { code });

describe('a batch', () => {
	test('runs a lone input in the same turn of the event loop', async () => {
		const { runs, batched } = controlledBatch();
		const output = batched(1);
		await nextTurn();
		expect(runs.map(({ inputs }) => inputs)).toEqual([[1]]);
		runs[0]?.finish();
		expect(await output).toBe('1');
	});

	test('takes the inputs that arrive while statements are in progress, after all of them arrived', async () => {
		const { runs, batched } = controlledBatch();
		const outputs = [batched(1)];
		await nextTurn();
		outputs.push(batched(2), batched(3));
		await nextTurn();
		outputs.push(batched(4));
		await nextTurn();
		outputs.push(batched(5));
		await nextTurn();
		expect(runs.map(({ inputs }) => inputs)).toEqual([[1], [2, 3]]);
		runs[0]?.finish();
		await nextTurn();
		expect(runs.map(({ inputs }) => inputs)).toEqual([[1], [2, 3], [4, 5]]);
		for (const { finish } of runs) finish();
		expect(await Promise.all(outputs)).toEqual(['1', '2', '3', '4', '5']);
	});

	test('has a maximum size and a maximum number of statements', async () => {
		const { runs, batched } = controlledBatch({ maxSize: 2, maxRunning: 1 });
		const outputs = [1, 2, 3, 4, 5].map(batched);
		for (const expected of [[1, 2], [3, 4], [5]]) {
			await nextTurn();
			expect(runs.at(-1)?.inputs).toEqual(expected);
			runs.at(-1)?.finish();
		}
		expect(await Promise.all(outputs)).toHaveLength(5);
		expect(runs).toHaveLength(3);
	});

	test('whose outcome is unknown fails as a whole and never runs again', async () => {
		const { runs, batched } = controlledBatch();
		const outputs = Promise.allSettled([1, 2].map(batched));
		await nextTurn();
		runs[0]?.fail(new Error('Connection terminated unexpectedly'));
		expect((await outputs).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
		expect(runs).toHaveLength(1);
	});

	test.each(['23514', '40P01'])('that PostgreSQL rolled back with %s runs again one by one', async (code) => {
		const { runs, batched } = controlledBatch();
		const outputs = Promise.allSettled([1, 2, 3].map(batched));
		await nextTurn();
		runs[0]?.fail(withCode(code));
		for (const value of [1, 2, 3]) {
			await nextTurn();
			expect(runs.at(-1)?.inputs).toEqual([value]);
			if (value === 2) runs.at(-1)?.fail(withCode(code));
			else runs.at(-1)?.finish();
		}
		expect((await outputs).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
	});

	test('that timed out runs again one by one, several at the same time', async () => {
		const { runs, batched } = controlledBatch();
		const outputs = Promise.allSettled([1, 2].map(batched));
		await nextTurn();
		runs[0]?.fail(withCode('57014'));
		await nextTurn();
		expect(runs.map(({ inputs }) => inputs)).toEqual([[1, 2], [1], [2]]);
		runs[2]?.finish();
		runs[1]?.fail(withCode('57014'));
		expect((await outputs).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
	});

	test('whose order matters waits for a slow statement and never runs again', async () => {
		vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
		onTestFinished(() => void vi.useRealTimers());
		const { runs, batched } = controlledBatch({ isOrdered: true });
		const first = Promise.allSettled([batched(1), batched(2)]);
		await nextTurn();
		const later = batched(3);
		await vi.advanceTimersByTimeAsync(60_000);
		await nextTurn();
		expect(runs.map(({ inputs }) => inputs)).toEqual([[1, 2]]);
		runs[0]?.fail(withCode('57014'));
		expect((await first).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
		await nextTurn();
		runs[1]?.finish();
		expect(await later).toBe('3');
		expect(runs).toHaveLength(2);
	});

	test('delays nobody while its statements are slow', async () => {
		const { runs, batched } = controlledBatch();
		const slow = [batched(1)];
		await nextTurn();
		slow.push(batched(2));
		await nextTurn();
		const quick = batched(3);
		await expect.poll(() => runs.length).toBe(3);
		runs[2]?.finish();
		expect(await quick).toBe('3');
		for (const { finish } of runs) finish();
		expect(await Promise.all(slow)).toEqual(['1', '2']);
	});

	test('reports its size and how long its first input waited', async () => {
		const { name, runs, batched } = controlledBatch();
		const outputs = [1, 2, 3].map(batched);
		await nextTurn();
		for (const { finish } of runs) finish();
		await Promise.all(outputs);
		const metrics = await readMetrics();
		expect(metrics).toContain(`minitwit_batch_size_sum{batch="${name}"} 3`);
		expect(metrics).toContain(`minitwit_batch_wait_seconds_count{batch="${name}"} 1`);
	});
});

test('an input that breaks a constraint fails alone', async () => {
	await execute(SQL`CREATE TABLE lucky (number integer CHECK (number <> 13))`);
	const insert = createBatch<number, boolean>({
		name: 'lucky',
		async run(numbers) {
			await execute(SQL`INSERT INTO lucky SELECT unnest(${numbers}::integer[])`);
			return numbers.map(() => true);
		}
	});
	const outcomes = await Promise.allSettled([11, 12, 13, 14].map(insert));
	expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
	const rows = await queryRows<{ number: number }>(SQL`SELECT number FROM lucky ORDER BY number`);
	expect(rows.map(({ number }) => number)).toEqual([11, 12, 14]);
});

describe('a batch of posts', () => {
	const post = (name: string, text: string, clientId: string | null = null) =>
		postMessage({ name }, { text, clientId, owner: null });

	test('does not wait for one that waits for a lock', async () => {
		const people = await createCrowd(20);
		const locked = people.at(-1);
		const client = await databasePool().connect();
		await client.query('BEGIN');
		await client.query('SELECT FROM user_counts WHERE user_id = $1 FOR UPDATE', [locked?.id]);
		const [waiting, ...others] = people.toReversed().map(({ name }) => post(name, 'Hello'));
		for (const outcome of await Promise.all(others)) expect(outcome.kind).toBe('posted');
		await client.query('ROLLBACK');
		client.release();
		expect((await waiting)?.kind).toBe('posted');
	});

	test('takes retries of one message for one message, in one statement', async () => {
		const [alice] = await createCrowd(1);
		const clientId = crypto.randomUUID();
		const query = vi.spyOn(databasePool(), 'query');
		const outcomes = await Promise.all([
			post(alice?.name ?? '', 'first', clientId),
			post(alice?.name ?? '', 'another', clientId),
			post(alice?.name ?? '', 'first', clientId.toUpperCase())
		]);
		expect(outcomes).toMatchObject([
			{ kind: 'posted', isNew: true },
			{ kind: 'conflict' },
			{ kind: 'posted', isNew: false }
		]);
		expect(
			query.mock.calls.filter(([statement]) => /INSERT INTO messages/.test((statement as unknown as Statement).text))
		).toHaveLength(1);
	});
});
