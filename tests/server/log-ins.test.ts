import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { SQL, execute, queryRow } from '#lib/server/database.ts';
import { type LogIn, logIn } from '#lib/server/log-ins.ts';
import { PASSWORD, createCrowd, createPerson } from '../factories.ts';
import { useDatabase } from '../use-database.ts';

useDatabase({ LIMIT_LOG_IN_FAILURES_PER_ACCOUNT: '4/900', LIMIT_LOG_IN_FAILURES_PER_ADDRESS: '9/300' });

const INVALID = { invalid: true };
const LIMITED = { limited: { retryAfterSeconds: expect.any(Number) } };

let count = 0;
/** An address that no other test has. */
const newAddress = () => `198.51.${++count}.7`;

const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const setHash = (id: number, hash: string) => execute(SQL`UPDATE users SET password_hash = ${hash} WHERE id = ${id}`);
const hashOf = async (id: number) =>
	(await queryRow<{ hash: string }>(SQL`SELECT password_hash AS hash FROM users WHERE id = ${id}`))?.hash;

/** Attempts one after the other. */
async function attempt(times: number, name: string, password: string, address: string): Promise<LogIn[]> {
	const outcomes: LogIn[] = [];
	for (let time = 0; time < times; time++) outcomes.push(await logIn(name, password, address));
	return outcomes;
}

describe('logging in', () => {
	test('with the right password names the person', async () => {
		const { id, name } = await createPerson();
		expect(await logIn(name, PASSWORD, newAddress())).toEqual({ user: { id, name } });
	});

	test('with anything else is refused in one and the same way', async () => {
		const { name } = await createPerson();
		const address = newAddress();
		for (const [given, password] of [
			[name, 'wrong'],
			[name.toUpperCase(), PASSWORD],
			['nobody', PASSWORD],
			['', ''],
			['a\0b', PASSWORD],
			[name, 'x'.repeat(65_536)]
		] as const) {
			expect(await logIn(given, password, address)).toEqual(INVALID);
		}
	});

	test('as nobody, with a wrong password and with a wrong one for an old hash takes the same time', async () => {
		const person = await createPerson();
		const old = await createPerson();
		await setHash(old.id, md5(PASSWORD));
		const times: Record<string, number[]> = { [crypto.randomUUID()]: [], [person.name]: [], [old.name]: [] };
		// In turns, so that whatever else the machine does meets all alike.
		for (let round = 0; round < 4; round++) {
			for (const [name, measured] of Object.entries(times)) {
				const started = performance.now();
				expect(await logIn(name, 'wrong', newAddress())).toEqual(INVALID);
				measured.push(performance.now() - started);
			}
		}
		const [nobody = 0, wrong = 0, outdated = 0] = Object.values(times).map((measured) => Math.min(...measured));
		for (const ratio of [nobody / wrong, outdated / wrong]) {
			expect(ratio).toBeGreaterThan(0.5);
			expect(ratio).toBeLessThan(2);
		}
	});
});

describe('a limit', () => {
	test('stops guessing at one account, from any address, the right password included', async () => {
		const { name } = await createPerson();
		for (let guess = 0; guess < 4; guess++) expect(await logIn(name, 'wrong', newAddress())).toEqual(INVALID);
		expect(await logIn(name, 'wrong', newAddress())).toEqual(LIMITED);
		expect(await logIn(name, PASSWORD, newAddress())).toEqual(LIMITED);
	});

	test('is not passed by guessing in parallel', async () => {
		const { name } = await createPerson();
		const outcomes = await Promise.all(Array.from({ length: 20 }, () => logIn(name, 'wrong', newAddress())));
		expect(outcomes.filter((outcome) => 'invalid' in outcome)).toHaveLength(4);
	});

	test('treats a name that nobody has like any other', async () => {
		const outcomes = await attempt(5, 'nobody at all', 'wrong', newAddress());
		expect(outcomes).toEqual([INVALID, INVALID, INVALID, INVALID, LIMITED]);
	});

	test('counts failures alone: who knows the password logs in as often as they like', async () => {
		const { id, name } = await createPerson();
		await setHash(id, md5(PASSWORD));
		const address = newAddress();
		await attempt(3, name, 'wrong', address);
		for (const outcome of await attempt(8, name, PASSWORD, address)) expect(outcome).toHaveProperty('user');
		expect(await logIn(name, 'wrong', address)).toEqual(INVALID);
		expect(await logIn(name, 'wrong', address)).toEqual(LIMITED);
	});

	test('stops one address that tries many accounts, and nobody else', async () => {
		const { name } = await createPerson();
		const address = newAddress();
		for (let guess = 0; guess < 9; guess++) expect(await logIn(`guess ${guess}`, 'wrong', address)).toEqual(INVALID);
		expect(await logIn(name, PASSWORD, address)).toEqual(LIMITED);
		expect(await logIn(name, PASSWORD, newAddress())).toHaveProperty('user');
	});

	test('lets a class of 100 log in at once from behind one address', async () => {
		const people = await createCrowd(100);
		await execute(
			SQL`UPDATE users SET password_hash = ${md5(PASSWORD)} WHERE id = ANY (${people.map((person) => person.id)})`
		);
		const address = newAddress();
		const outcomes: LogIn[] = [];
		// In tens, so that replacing their hashes does not fill the line.
		for (let from = 0; from < people.length; from += 10) {
			const group = people.slice(from, from + 10);
			outcomes.push(...(await Promise.all(group.map(({ name }) => logIn(name, PASSWORD, address)))));
		}
		expect(outcomes).toEqual(people.map((user) => ({ user })));
	});
});

describe('an old hash', () => {
	test('is replaced when the password is right, and not when it is wrong', async () => {
		const { id, name } = await createPerson();
		await setHash(id, md5(PASSWORD));
		await logIn(name, 'wrong', newAddress());
		expect(await hashOf(id)).toBe(md5(PASSWORD));
		expect(await logIn(name, PASSWORD, newAddress())).toEqual({ user: { id, name } });
		const replaced = await hashOf(id);
		expect(replaced).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
		expect(await logIn(name, PASSWORD, newAddress())).toEqual({ user: { id, name } });
		expect(await hashOf(id)).toBe(replaced);
	});
});
