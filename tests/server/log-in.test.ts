import { createHash } from 'node:crypto';
import * as argon2 from '@node-rs/argon2';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { SQL, execute, queryRow, queryRows } from '#lib/server/database/database.ts';
import { logIn } from '#lib/server/accounts/log-in.ts';
import { PASSWORD, createCrowd, createPerson } from '../factories.ts';
import { useDatabase } from '../use-database.ts';
import { INVALID, guess, newAddress, newBrowser, newProgram, together } from './log-in-attempts.ts';

vi.mock('@node-rs/argon2', { spy: true });

useDatabase();

const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const setHash = (id: number, hash: string) => execute(SQL`UPDATE users SET password_hash = ${hash} WHERE id = ${id}`);
const hashOf = async (id: number) =>
	(await queryRow<{ hash: string }>(SQL`SELECT password_hash AS hash FROM users WHERE id = ${id}`))?.hash;

/** The hashes that passwords were verified against since the last call. */
function verified(): string[] {
	const hashes = vi.mocked(argon2.verify).mock.calls.map(([hash]) => String(hash));
	vi.mocked(argon2.verify).mockClear();
	return hashes;
}

afterEach(() => void vi.useRealTimers());

describe('logging in', () => {
	test('with the right password returns the user', async () => {
		const { id, name } = await createPerson();
		expect(await logIn(name, PASSWORD, newBrowser())).toEqual({ user: { id, name }, isClosed: false });
	});

	test('with anything else fails in the same way', async () => {
		const { name } = await createPerson();
		const attempts = [
			[name, 'wrong'],
			[name.toUpperCase(), PASSWORD],
			['nobody', PASSWORD],
			['', ''],
			['a\0b', PASSWORD],
			[name, 'x'.repeat(65_536)]
		] as const;
		const outcomes = await Promise.all(attempts.map(([given, password]) => logIn(given, password, newBrowser())));
		expect(outcomes).toEqual(attempts.map(() => INVALID));
	});

	test('tries the exact name, then the name without surrounding spaces', async () => {
		const [plain, spaced] = [await createPerson(), await createPerson({ password: 'another one' })];
		await execute(SQL`UPDATE users SET name = ${`${plain.name} `} WHERE id = ${spaced.id}`);
		const userOf = (id: number, name: string) => ({ user: { id, name }, isClosed: false });
		for (const given of [plain.name, ` ${plain.name}`, `${plain.name}  `, `\t${plain.name}\n`]) {
			expect(await logIn(given, PASSWORD, newBrowser())).toEqual(userOf(plain.id, plain.name));
		}
		expect(await logIn(`${plain.name} `, 'another one', newBrowser())).toEqual(userOf(spaced.id, `${plain.name} `));
		expect(await logIn(`${plain.name} `, PASSWORD, newBrowser())).toEqual(INVALID);
	});
});

describe('a failed log-in', () => {
	test('costs one Argon2 verification, whatever hash the account has or none', async () => {
		const [current, legacy] = [await createPerson(), await createPerson()];
		const hash = await hashOf(current.id);
		await setHash(legacy.id, md5(PASSWORD));
		verified();
		await guess(current.name);
		expect(verified()).toEqual([hash]);
		await guess(legacy.name);
		const [dummy] = verified();
		expect(dummy).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$A{22}\$A{43}$/);
		await guess(crypto.randomUUID());
		expect(verified()).toEqual([dummy]);
	});

	test.each(['current', 'legacy', 'missing'])(
		'is answered no sooner than after a fixed time: %s hash',
		async (kind) => {
			const { id, name } = await createPerson();
			if (kind === 'legacy') await setHash(id, md5(PASSWORD));
			const began = performance.now();
			await guess(kind === 'missing' ? 'nobody' : name);
			// A timer may fire up to a millisecond early.
			expect(performance.now() - began).toBeGreaterThanOrEqual(199);
		}
	);

	test('delays no other log-in to the account while its answer waits', async () => {
		const { id, name } = await createPerson();
		vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
		let isAnswered = false;
		verified();
		const failure = guess(name).finally(() => (isAnswered = true));
		// From here on it is first in the queue of its account.
		while (vi.mocked(argon2.verify).mock.calls.length === 0) await new Promise(setImmediate);
		expect(await logIn(name, PASSWORD, newBrowser())).toEqual({ user: { id, name }, isClosed: false });
		expect(isAnswered).toBe(false);
		await vi.advanceTimersByTimeAsync(200);
		expect(await failure).toEqual(INVALID);
	});
});

describe('the right password', () => {
	test('is never refused because of earlier right ones, in parallel or later', async () => {
		const { id, name } = await createPerson();
		for (const client of [newBrowser(), newProgram()]) {
			const outcomes = await together(24, () => logIn(name, PASSWORD, client));
			expect(outcomes).toEqual(Array(24).fill({ user: { id, name }, isClosed: false }));
			expect(await logIn(name, PASSWORD, client)).toEqual({ user: { id, name }, isClosed: false });
		}
	});

	test('in parallel queues per account', async () => {
		const [busy, other] = [await createPerson(), await createPerson()];
		const client = newProgram();
		let answered = 0;
		const attempts = together(50, () => logIn(busy.name, PASSWORD, client).finally(() => answered++));
		expect(await logIn(other.name, PASSWORD, newBrowser())).toHaveProperty('user');
		expect(answered).toBeLessThan(25);
		for (const outcome of await attempts) expect(outcome).toHaveProperty('user');
	});

	test('lets 100 people behind one address log in at once, with legacy hashes too', async () => {
		const people = await createCrowd(100);
		await execute(
			SQL`UPDATE users SET password_hash = ${md5(PASSWORD)} WHERE id = ANY (${people.map((person) => person.id)})`
		);
		const address = newAddress();
		const outcomes = await Promise.all(people.map(({ name }) => logIn(name, PASSWORD, newBrowser(address))));
		expect(outcomes).toEqual(people.map((user) => ({ user, isClosed: false })));
	});
});

test('a device is stored as a hash, once', async () => {
	const { id, name } = await createPerson();
	const client = newBrowser();
	await together(5, () => logIn(name, PASSWORD, client));
	const rows = await queryRows<{ row: string }>(
		SQL`SELECT known_devices::text AS row FROM known_devices WHERE user_id = ${id}`
	);
	expect(rows).toHaveLength(1);
	expect(rows[0]?.row).not.toContain(client.device);
});

describe('a legacy hash', () => {
	test('is replaced when the password is right and kept when it is wrong', async () => {
		const { id, name } = await createPerson();
		await setHash(id, md5(PASSWORD));
		await guess(name);
		expect(await hashOf(id)).toBe(md5(PASSWORD));
		expect(await logIn(name, PASSWORD, newBrowser())).toEqual({ user: { id, name }, isClosed: false });
		const replaced = await hashOf(id);
		expect(replaced).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
		expect(await logIn(name, PASSWORD, newBrowser())).toEqual({ user: { id, name }, isClosed: false });
		expect(await hashOf(id)).toBe(replaced);
	});
});
