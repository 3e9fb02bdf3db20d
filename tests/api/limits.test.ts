import { expect, test } from 'vitest';
import { createPerson } from '../factories.ts';
import { SIMULATOR, basic, pathOf, useApi } from './use-api.ts';

const api = useApi({
	TRUSTED_PROXIES: '1',
	LIMIT_REGISTRATIONS_PER_ADDRESS: '2/3600',
	LIMIT_POSTS_PER_ACCOUNT: '2/3600',
	LIMIT_LOG_IN_FAILURES_PER_PAIR: '2/900',
	LIMIT_LOG_IN_FAILURES_PER_ACCOUNT: '4/86400'
});
const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
const LIMITED = { status: 429, error_msg: expect.stringMatching(/^Too many requests, try again in \d+ seconds$/) };

test('registrations are counted by the address that the proxy saw, except the simulator’s', async () => {
	let count = 0;
	const registerAs = (as: string | null, address: string) =>
		api.post('/register', { username: `crowd ${++count}`, email: 'a@b', pwd: 'x' }, { as, ...from(address) });
	expect((await registerAs(null, '192.0.2.1')).statusCode).toBe(204);
	expect((await registerAs(null, '198.51.100.9, 192.0.2.1')).statusCode).toBe(204);
	const limited = await registerAs(null, '192.0.2.1');
	expect(limited.json()).toEqual(LIMITED);
	expect(Number(limited.headers['retry-after'])).toBeGreaterThan(3_000);
	expect((await registerAs(null, '192.0.2.2')).statusCode).toBe(204);
	for (let round = 0; round < 4; round++) expect((await registerAs(SIMULATOR, '192.0.2.1')).statusCode).toBe(204);
});

test('posts are counted by account, except those that the simulator makes for it', async () => {
	const { name, password } = await createPerson();
	const post = (as: string) => api.post(pathOf('msgs', name), { content: 'again' }, { as });
	const self = basic(name, password);
	for (let round = 0; round < 4; round++) expect((await post(SIMULATOR)).statusCode).toBe(204);
	expect((await post(self)).statusCode).toBe(204);
	expect((await post(self)).statusCode).toBe(204);
	const limited = await post(self);
	expect(limited.json()).toEqual(LIMITED);
	expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
	expect((await api.get(pathOf('msgs', name))).json()).toHaveLength(6);
});

test('guesses of a password end in 429, also for the right one', async () => {
	const { name, password } = await createPerson();
	const read = (pwd: string, address: string) => api.get('/msgs', { as: basic(name, pwd), ...from(address) });
	for (let round = 0; round < 2; round++) expect((await read('guess', '192.0.2.21')).statusCode).toBe(403);
	const limited = await read(password, '192.0.2.21');
	expect(limited.json()).toEqual(LIMITED);
	expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
	expect((await read(password, '192.0.2.22')).statusCode).toBe(200);
});

test('guesses from many addresses end too, and keep nobody out where they have been before', async () => {
	const { name, password } = await createPerson();
	const read = (pwd: string, address: string) => api.get('/msgs', { as: basic(name, pwd), ...from(address) });
	expect((await read(password, '192.0.2.31')).statusCode).toBe(200);
	for (const address of ['192.0.2.32', '192.0.2.33', '192.0.2.34', '192.0.2.35'])
		expect((await read('guess', address)).statusCode).toBe(403);
	expect((await read(password, '192.0.2.36')).json()).toEqual(LIMITED);
	expect((await read(password, '192.0.2.31')).statusCode).toBe(200);
});

test('the right password is not refused because it comes many times at once', async () => {
	const { name, password } = await createPerson();
	const replies = await Promise.all(
		Array.from({ length: 24 }, () => api.get('/msgs', { as: basic(name, password), ...from('192.0.2.41') }))
	);
	expect(replies.map((reply) => reply.statusCode)).toEqual(Array(24).fill(200));
});
