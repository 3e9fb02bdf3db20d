import { expect, test } from 'vitest';
import { KeyedQueue } from '#lib/server/accounts/keyed-queue.ts';

/** Returns work that records its start and runs until released. */
function makeWork(began: string[], name: string) {
	const { promise, resolve, reject } = Promise.withResolvers<string>();
	return { run: () => (began.push(name), promise), release: () => resolve(name), fail: () => reject(new Error(name)) };
}

test('runs work under one key in order, one at a time; other keys do not wait', async () => {
	const queue = new KeyedQueue();
	const began: string[] = [];
	const first = makeWork(began, 'first');
	const second = makeWork(began, 'second');
	const other = makeWork(began, 'other');
	const results = [queue.run('a', first.run), queue.run('a', second.run), queue.run('b', other.run)];
	other.release();
	expect(await results[2]).toBe('other');
	expect(began).toEqual(['first', 'other']);
	expect(queue.waiting('a')).toBe(1);
	first.release();
	second.release();
	expect(await Promise.all(results)).toEqual(['first', 'second', 'other']);
});

test('starts the next work after a failure, and forgets a key without work', async () => {
	const queue = new KeyedQueue();
	const began: string[] = [];
	const failing = makeWork(began, 'failing');
	const next = makeWork(began, 'next');
	const results = [queue.run('a', failing.run), queue.run('a', next.run)];
	expect(queue.size).toBe(1);
	failing.fail();
	await expect(results[0]).rejects.toThrow('failing');
	next.release();
	expect(await results[1]).toBe('next');
	expect([queue.size, queue.waiting('a')]).toEqual([0, 0]);
});
