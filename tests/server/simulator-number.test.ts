import { beforeEach, expect, test } from 'vitest';
import { SQL, execute } from '#lib/server/database/database.ts';
import { findLatest, recordLatest } from '#lib/server/simulator/simulator-number.ts';
import { loadInAnotherProcess } from '../another-process.ts';
import { useDatabase } from '../use-database.ts';

const context = useDatabase();

beforeEach(async () => {
	await execute(SQL`DELETE FROM simulator_latest`);
});

test('is -1 before any number is received', async () => {
	expect(await findLatest()).toBe(-1);
});

test('is the number received last, even if lower, zero, negative or the same', async () => {
	for (const number of [1337, 5, 5, 0, -3, Number.MAX_SAFE_INTEGER]) {
		await recordLatest(number);
		expect(await findLatest()).toBe(number);
	}
});

test('is the last of concurrent numbers, and each writer reads its own number or a later one', async () => {
	for (let round = 0; round < 20; round++) {
		const seen = await Promise.all(
			Array.from({ length: 50 }, async (_, index) => {
				await recordLatest(index);
				return { index, latest: await findLatest() };
			})
		);
		for (const { index, latest } of seen) expect(latest).toBeGreaterThanOrEqual(index);
		expect(await findLatest()).toBe(49);
	}
});

test('a failed write does not prevent later ones', async () => {
	await execute(SQL`ALTER TABLE simulator_latest RENAME TO away`);
	await expect(recordLatest(1)).rejects.toThrow();
	await execute(SQL`ALTER TABLE away RENAME TO simulator_latest`);
	await recordLatest(2);
	expect(await findLatest()).toBe(2);
});

test('with several processes, is the number received after all others', async () => {
	const processes = [];
	for (let count = 0; count < 4; count++) {
		const load = () => import('#lib/server/simulator/simulator-number.ts');
		processes.push(await loadInAnotherProcess(context.config, load));
	}
	for (let round = 0; round < 50; round++) {
		await Promise.all(
			processes.flatMap((each, place) =>
				Array.from({ length: 10 }, (_, index) => each.recordLatest(place * 10 + index))
			)
		);
		const writer = processes[round % 4];
		await writer?.recordLatest(1_000 + round);
		for (const each of processes) expect(await each.findLatest()).toBe(1_000 + round);
	}
});
