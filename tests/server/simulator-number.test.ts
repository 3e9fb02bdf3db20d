import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { SQL, execute } from '#lib/server/database/database.ts';
import { findLatest, recordLatest } from '#lib/server/simulator/simulator-number.ts';
import { useDatabase } from '../use-database.ts';

const context = useDatabase();

beforeEach(async () => {
	await execute(SQL`DELETE FROM simulator_latest`);
});

/** The same module as another process has it, with connections of its own. */
async function startProcess() {
	vi.resetModules();
	const { connectDatabase, disconnectDatabase } = await import('#lib/server/database/database.ts');
	connectDatabase({ url: context.config.DATABASE_URL, poolSize: 10 });
	onTestFinished(disconnectDatabase);
	return import('#lib/server/simulator/simulator-number.ts');
}

test('before any number the answer is -1', async () => {
	expect(await findLatest()).toBe(-1);
});

test('the number received last wins, be it lower, zero, negative or the same', async () => {
	for (const number of [1337, 5, 5, 0, -3, Number.MAX_SAFE_INTEGER]) {
		await recordLatest(number);
		expect(await findLatest()).toBe(number);
	}
});

test('of numbers that come together the last one wins, and it is there for each of them', async () => {
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

test('a number that could not be written keeps no later one from being written', async () => {
	await execute(SQL`ALTER TABLE simulator_latest RENAME TO away`);
	await expect(recordLatest(1)).rejects.toThrow();
	await execute(SQL`ALTER TABLE away RENAME TO simulator_latest`);
	await recordLatest(2);
	expect(await findLatest()).toBe(2);
});

test('over several processes, what comes after all others wins', async () => {
	const processes = [];
	for (let count = 0; count < 4; count++) processes.push(await startProcess());
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
