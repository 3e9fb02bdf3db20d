import { describe, expect, test } from 'vitest';
import { logIn } from '#lib/server/accounts/log-in.ts';
import { PASSWORD, createPerson } from '../factories.ts';
import { useDatabase } from '../use-database.ts';
import { INVALID, LIMITED, guess, newAddress, newBrowser, newDevice, newProgram, together } from './log-in-attempts.ts';

useDatabase({
	LIMIT_LOG_IN_FAILURES_PER_ADDRESS: '9/300',
	LIMIT_LOG_IN_FAILURES_PER_PAIR: '3/900',
	LIMIT_LOG_IN_FAILURES_PER_ACCOUNT: '6/86400',
	LIMIT_LOG_IN_FAILURES_PER_DEVICE: '2/900'
});

describe('guessing', () => {
	test('from one address at one account is limited after a few attempts, for the right password too', async () => {
		const { name } = await createPerson();
		const address = newAddress();
		expect(await together(3, () => guess(name, newBrowser(address)))).toEqual(Array(3).fill(INVALID));
		expect(await guess(name, newBrowser(address))).toEqual(LIMITED);
		expect(await logIn(name, PASSWORD, newBrowser(address))).toEqual(LIMITED);
		expect(await logIn(name, PASSWORD, newBrowser())).toHaveProperty('user');
	});

	test('with spaces around the name counts against the same account', async () => {
		const { name } = await createPerson();
		const address = newAddress();
		const names = ['', ' ', '  ', '   '].map((spaces) => name + spaces);
		const outcomes = await Promise.all(names.map((given) => guess(given, newBrowser(address))));
		expect(outcomes.filter((outcome) => 'limited' in outcome)).toHaveLength(1);
	});

	test('from many addresses at one account is limited', async () => {
		const { name } = await createPerson();
		expect(await together(6, () => guess(name))).toEqual(Array(6).fill(INVALID));
		expect(await guess(name)).toEqual(LIMITED);
		expect(await logIn(name, PASSWORD, newBrowser())).toEqual(LIMITED);
	});

	test('in parallel allows no more attempts', async () => {
		const { name } = await createPerson();
		const outcomes = await together(30, () => guess(name));
		expect(outcomes.filter((outcome) => 'invalid' in outcome)).toHaveLength(6);
	});

	test('at an unknown name is limited like at a known one', async () => {
		const address = newAddress();
		const outcomes = await together(4, () => guess('nobody at all', newBrowser(address)));
		expect(outcomes.filter((outcome) => 'limited' in outcome)).toHaveLength(1);
	});

	test('from one address at many accounts is limited for that address alone', async () => {
		const { name } = await createPerson();
		const address = newAddress();
		const names = Array.from({ length: 9 }, (_, index) => `guess ${index}`);
		await Promise.all(names.map((each) => guess(each, newBrowser(address))));
		expect(await logIn(name, PASSWORD, newBrowser(address))).toEqual(LIMITED);
		expect(await logIn(name, PASSWORD, newBrowser())).toHaveProperty('user');
	});

	test('by others never locks out a browser that has logged in before, even at the same address', async () => {
		const { name } = await createPerson();
		const [home, away] = [newBrowser(), newAddress()];
		await logIn(name, PASSWORD, home);
		await together(3, () => guess(name, newBrowser(home.address)));
		await together(30, () => guess(name));
		for (const client of [newBrowser(), newBrowser(home.address)]) expect(await guess(name, client)).toEqual(LIMITED);
		for (const address of [home.address, away]) {
			expect(await logIn(name, PASSWORD, { ...home, address })).toHaveProperty('user');
		}
	});

	test('by others never locks out a program at an address where it has logged in before', async () => {
		const { name } = await createPerson();
		const client = newProgram();
		await logIn(name, PASSWORD, client);
		await together(30, () => guess(name));
		expect(await logIn(name, PASSWORD, client)).toHaveProperty('user');
		expect(await logIn(name, PASSWORD, newProgram())).toEqual(LIMITED);
	});

	test('on a known device has a limit of its own', async () => {
		const { name } = await createPerson();
		const [known, another] = [newBrowser(), newBrowser()];
		await logIn(name, PASSWORD, known);
		await logIn(name, PASSWORD, another);
		for (const outcome of await together(2, () => guess(name, known))) expect(outcome).toEqual(INVALID);
		expect(await logIn(name, PASSWORD, known)).toEqual(LIMITED);
		for (const client of [another, newBrowser(known.address)]) {
			expect(await logIn(name, PASSWORD, client)).toHaveProperty('user');
		}
	});

	test('with a device of another account, or one that names an address, counts as an unknown device', async () => {
		const [owner, thief] = [await createPerson(), await createPerson()];
		const [address, device] = [newAddress(), newDevice()];
		await logIn(thief.name, PASSWORD, { address, device });
		await logIn(owner.name, PASSWORD, newProgram('203.0.113.77'));
		await together(3, () => guess(owner.name, { address, device }));
		for (const claimed of [device, '203.0.113.77', 'address 203.0.113.77']) {
			expect(await guess(owner.name, { address, device: claimed })).toEqual(LIMITED);
		}
	});
});
