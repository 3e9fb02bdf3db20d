import { createHash } from 'node:crypto';
import * as argon2 from '@node-rs/argon2';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { SQL, execute, queryRow, queryRows } from '#lib/server/database/database.ts';
import { type LogIn, logIn } from '#lib/server/accounts/log-in.ts';
import { PASSWORD, createCrowd, createPerson } from '../factories.ts';
import { useDatabase } from '../use-database.ts';

vi.mock('@node-rs/argon2', { spy: true });

useDatabase({
	LIMIT_LOG_IN_FAILURES_PER_ADDRESS: '9/300',
	LIMIT_LOG_IN_FAILURES_PER_PAIR: '3/900',
	LIMIT_LOG_IN_FAILURES_PER_ACCOUNT: '6/86400',
	LIMIT_LOG_IN_FAILURES_PER_DEVICE: '2/900'
});

const INVALID = { invalid: true };
const LIMITED = { limited: { retryAfterSeconds: expect.any(Number) } };

let count = 0;
/** An address that no other test has, and a browser that nobody else uses. */
const newAddress = () => `198.51.${++count}.7`;
const newDevice = () => `device ${++count}`;
/** Somebody who has never been here, from wherever they say. */
const stranger = (address = newAddress()) => ({ address, device: newDevice() });
/** A program: it keeps no cookie. */
const program = (address = newAddress()) => ({ address, device: null });

const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const setHash = (id: number, hash: string) => execute(SQL`UPDATE users SET password_hash = ${hash} WHERE id = ${id}`);
const hashOf = async (id: number) =>
	(await queryRow<{ hash: string }>(SQL`SELECT password_hash AS hash FROM users WHERE id = ${id}`))?.hash;

/** Attempts at the same moment. */
const together = (times: number, attempt: () => Promise<LogIn>) => Promise.all(Array.from({ length: times }, attempt));
const guess = (name: string, client = stranger()) => logIn(name, 'wrong', client);

/** The hashes that passwords were compared with since the last call. */
function verified(): string[] {
	const hashes = vi.mocked(argon2.verify).mock.calls.map(([hash]) => String(hash));
	vi.mocked(argon2.verify).mockClear();
	return hashes;
}

afterEach(() => void vi.useRealTimers());

describe('logging in', () => {
	test('with the right password names the person', async () => {
		const { id, name } = await createPerson();
		expect(await logIn(name, PASSWORD, stranger())).toEqual({ user: { id, name } });
	});

	test('with anything else is refused in one and the same way', async () => {
		const { name } = await createPerson();
		for (const [given, password] of [
			[name, 'wrong'],
			[name.toUpperCase(), PASSWORD],
			['nobody', PASSWORD],
			['', ''],
			['a\0b', PASSWORD],
			[name, 'x'.repeat(65_536)]
		] as const) {
			expect(await logIn(given, password, stranger())).toEqual(INVALID);
		}
	});

	test('takes the exact name, then the name without the spaces around it', async () => {
		const [plain, spaced] = [await createPerson(), await createPerson({ password: 'another one' })];
		await execute(SQL`UPDATE users SET name = ${`${plain.name} `} WHERE id = ${spaced.id}`);
		const userOf = (id: number, name: string) => ({ user: { id, name } });
		for (const given of [plain.name, ` ${plain.name}`, `${plain.name}  `, `\t${plain.name}\n`]) {
			expect(await logIn(given, PASSWORD, stranger())).toEqual(userOf(plain.id, plain.name));
		}
		expect(await logIn(`${plain.name} `, 'another one', stranger())).toEqual(userOf(spaced.id, `${plain.name} `));
		expect(await logIn(`${plain.name} `, PASSWORD, stranger())).toEqual(INVALID);
	});
});

describe('a failure', () => {
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

	test.each(['current', 'legacy', 'missing'])('is not told sooner than after a fixed time: %s hash', async (kind) => {
		const { id, name } = await createPerson();
		if (kind === 'legacy') await setHash(id, md5(PASSWORD));
		const began = performance.now();
		await guess(kind === 'missing' ? 'nobody' : name);
		// A timer may fire up to a millisecond early.
		expect(performance.now() - began).toBeGreaterThanOrEqual(199);
	});

	test('keeps nobody waiting while it waits to be told', async () => {
		const { id, name } = await createPerson();
		vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
		let isTold = false;
		verified();
		const failure = guess(name).finally(() => (isTold = true));
		// Then it is the first in the queue of its account.
		while (vi.mocked(argon2.verify).mock.calls.length === 0) await new Promise(setImmediate);
		expect(await logIn(name, PASSWORD, stranger())).toEqual({ user: { id, name } });
		expect(isTold).toBe(false);
		await vi.advanceTimersByTimeAsync(200);
		expect(await failure).toEqual(INVALID);
	});
});

describe('the right password', () => {
	test('is never refused because of earlier right ones, in parallel or later', async () => {
		const { id, name } = await createPerson();
		for (const client of [stranger(), program()]) {
			const outcomes = await together(24, () => logIn(name, PASSWORD, client));
			expect(outcomes).toEqual(Array(24).fill({ user: { id, name } }));
			expect(await logIn(name, PASSWORD, client)).toEqual({ user: { id, name } });
		}
	});

	test('in parallel waits at one account, and not at others', async () => {
		const [busy, other] = [await createPerson(), await createPerson()];
		const client = program();
		let answered = 0;
		const attempts = together(50, () => logIn(busy.name, PASSWORD, client).finally(() => answered++));
		expect(await logIn(other.name, PASSWORD, stranger())).toHaveProperty('user');
		expect(answered).toBeLessThan(25);
		for (const outcome of await attempts) expect(outcome).toHaveProperty('user');
	});

	test('lets a class of 100 log in at once from behind one address, old hashes or not', async () => {
		const people = await createCrowd(100);
		await execute(
			SQL`UPDATE users SET password_hash = ${md5(PASSWORD)} WHERE id = ANY (${people.map((person) => person.id)})`
		);
		const address = newAddress();
		const outcomes = await Promise.all(people.map(({ name }) => logIn(name, PASSWORD, stranger(address))));
		expect(outcomes).toEqual(people.map((user) => ({ user })));
	});
});

describe('guessing', () => {
	test('from one address at one account ends after a few attempts, the right password included', async () => {
		const { name } = await createPerson();
		const address = newAddress();
		for (let attempt = 0; attempt < 3; attempt++) expect(await guess(name, stranger(address))).toEqual(INVALID);
		expect(await guess(name, stranger(address))).toEqual(LIMITED);
		expect(await logIn(name, PASSWORD, stranger(address))).toEqual(LIMITED);
		expect(await logIn(name, PASSWORD, stranger())).toHaveProperty('user');
	});

	test('with spaces around the name is guessing at the same account', async () => {
		const { name } = await createPerson();
		const address = newAddress();
		const names = ['', ' ', '  ', '   '].map((spaces) => name + spaces);
		const outcomes = await Promise.all(names.map((given) => guess(given, stranger(address))));
		expect(outcomes.filter((outcome) => 'limited' in outcome)).toHaveLength(1);
	});

	test('from many addresses at one account ends too', async () => {
		const { name } = await createPerson();
		for (let attempt = 0; attempt < 6; attempt++) expect(await guess(name)).toEqual(INVALID);
		expect(await guess(name)).toEqual(LIMITED);
		expect(await logIn(name, PASSWORD, stranger())).toEqual(LIMITED);
	});

	test('in parallel gains nothing', async () => {
		const { name } = await createPerson();
		const outcomes = await together(30, () => guess(name));
		expect(outcomes.filter((outcome) => 'invalid' in outcome)).toHaveLength(6);
	});

	test('at a name that nobody has is treated like any other', async () => {
		const address = newAddress();
		const outcomes = await together(4, () => guess('nobody at all', stranger(address)));
		expect(outcomes.filter((outcome) => 'limited' in outcome)).toHaveLength(1);
	});

	test('from one address at many accounts ends too, for that address alone', async () => {
		const { name } = await createPerson();
		const address = newAddress();
		const names = Array.from({ length: 9 }, (_, index) => `guess ${index}`);
		await Promise.all(names.map((each) => guess(each, stranger(address))));
		expect(await logIn(name, PASSWORD, stranger(address))).toEqual(LIMITED);
		expect(await logIn(name, PASSWORD, stranger())).toHaveProperty('user');
	});

	test('of strangers does not keep a browser out that has logged in before, not even at the same address', async () => {
		const { name } = await createPerson();
		const [home, away] = [stranger(), newAddress()];
		await logIn(name, PASSWORD, home);
		await together(3, () => guess(name, stranger(home.address)));
		await together(30, () => guess(name));
		for (const client of [stranger(), stranger(home.address)]) expect(await guess(name, client)).toEqual(LIMITED);
		for (const address of [home.address, away]) {
			expect(await logIn(name, PASSWORD, { ...home, address })).toHaveProperty('user');
		}
	});

	test('of strangers does not keep a program out at the address where it has logged in before', async () => {
		const { name } = await createPerson();
		const client = program();
		await logIn(name, PASSWORD, client);
		await together(30, () => guess(name));
		expect(await logIn(name, PASSWORD, client)).toHaveProperty('user');
		expect(await logIn(name, PASSWORD, program())).toEqual(LIMITED);
	});

	test('on a known device ends at a budget of its own, which is nobody else’s', async () => {
		const { name } = await createPerson();
		const [known, another] = [stranger(), stranger()];
		await logIn(name, PASSWORD, known);
		await logIn(name, PASSWORD, another);
		for (const outcome of await together(2, () => guess(name, known))) expect(outcome).toEqual(INVALID);
		expect(await logIn(name, PASSWORD, known)).toEqual(LIMITED);
		for (const client of [another, stranger(known.address)]) {
			expect(await logIn(name, PASSWORD, client)).toHaveProperty('user');
		}
	});

	test('with another person’s device, or with one that names an address, is guessing as a stranger', async () => {
		const [owner, thief] = [await createPerson(), await createPerson()];
		const [address, device] = [newAddress(), newDevice()];
		await logIn(thief.name, PASSWORD, { address, device });
		await logIn(owner.name, PASSWORD, program('203.0.113.77'));
		await together(3, () => guess(owner.name, { address, device }));
		for (const claimed of [device, '203.0.113.77', 'address 203.0.113.77']) {
			expect(await guess(owner.name, { address, device: claimed })).toEqual(LIMITED);
		}
	});
});

test('a device is stored as a hash, once', async () => {
	const { id, name } = await createPerson();
	const client = stranger();
	await together(5, () => logIn(name, PASSWORD, client));
	const rows = await queryRows<{ row: string }>(
		SQL`SELECT known_devices::text AS row FROM known_devices WHERE user_id = ${id}`
	);
	expect(rows).toHaveLength(1);
	expect(rows[0]?.row).not.toContain(client.device);
});

describe('an old hash', () => {
	test('is replaced when the password is right, and not when it is wrong', async () => {
		const { id, name } = await createPerson();
		await setHash(id, md5(PASSWORD));
		await guess(name);
		expect(await hashOf(id)).toBe(md5(PASSWORD));
		expect(await logIn(name, PASSWORD, stranger())).toEqual({ user: { id, name } });
		const replaced = await hashOf(id);
		expect(replaced).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
		expect(await logIn(name, PASSWORD, stranger())).toEqual({ user: { id, name } });
		expect(await hashOf(id)).toBe(replaced);
	});
});
