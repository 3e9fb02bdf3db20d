import { beforeEach, expect, test } from 'vitest';
import { SQL, execute, queryRow } from '#lib/server/database/database.ts';
import { follow, unfollow } from '#lib/server/follows/following.ts';
import { findLatest, recordLatest } from '#lib/server/simulator/simulator-number.ts';
import { useDatabase } from '../use-database.ts';

useDatabase({ DATABASE_POOL_SIZE: '80' });

beforeEach(async () => {
	await execute(SQL`DELETE FROM simulator_latest`);
});

test('before any number the answer is -1', async () => {
	expect(await findLatest()).toBe(-1);
	await recordLatest(null);
	expect(await findLatest()).toBe(-1);
});

test('the number received last wins, be it lower, zero, negative or the same', async () => {
	for (const number of [1337, 5, 5, 0, -3, Number.MAX_SAFE_INTEGER]) {
		await recordLatest(number);
		expect(await findLatest()).toBe(number);
	}
});

test('a follow of nobody counts as well', async () => {
	await follow({ name: 'nobody', latest: 7 }, 'no one', null);
	expect(await findLatest()).toBe(7);
	await unfollow({ name: 'nobody', latest: 6 }, 'no one', null);
	expect(await findLatest()).toBe(6);
});

test('over more connections than slots, what comes after all others wins', async () => {
	for (let round = 0; round < 5; round++) {
		await Promise.all(Array.from({ length: 200 }, (_, index) => recordLatest(1000 + index)));
		await recordLatest(round);
		expect(await findLatest()).toBe(round);
	}
	const slots = await queryRow<{ count: number }>(SQL`SELECT count(*) FROM simulator_latest`);
	expect(slots?.count).toBeGreaterThan(1);
	expect(slots?.count).toBeLessThanOrEqual(64);
});
