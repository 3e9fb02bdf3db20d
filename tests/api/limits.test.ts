import { SQL, execute } from '#lib/server/database/database.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { PASSWORD, createPerson } from '../factories.ts';
import { SIMULATOR, basic, pathOf, useApi } from './use-api.ts';

const api = useApi({
	TRUSTED_PROXIES: '1',
	LIMIT_REGISTRATIONS_PER_ADDRESS: '2/3600',
	LIMIT_POSTS_PER_ACCOUNT: '2/3600',
	LIMIT_FOLLOWS_PER_ACCOUNT: '2/3600',
	LIMIT_LOG_IN_FAILURES_PER_PAIR: '2/900',
	LIMIT_LOG_IN_FAILURES_PER_ACCOUNT: '4/86400'
});
const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
const LIMITED = { status: 429, error_msg: expect.stringMatching(/^Too many requests, try again in \d+ seconds$/) };

test('registrations are limited per client address as seen by the proxy, except the simulator’s', async () => {
	let count = 0;
	const registerAs = (as: string | null, address: string) =>
		api.post('/register', { username: `crowd ${++count}`, email: 'a@b', pwd: PASSWORD }, { as, ...from(address) });
	expect((await registerAs(null, '192.0.2.1')).statusCode).toBe(204);
	expect((await registerAs(null, '198.51.100.9, 192.0.2.1')).statusCode).toBe(204);
	const limited = await registerAs(null, '192.0.2.1');
	expect(limited.json()).toEqual(LIMITED);
	expect(Number(limited.headers['retry-after'])).toBeGreaterThan(3_000);
	expect((await registerAs(null, '192.0.2.2')).statusCode).toBe(204);
	for (let round = 0; round < 4; round++) expect((await registerAs(SIMULATOR, '192.0.2.1')).statusCode).toBe(204);
});

test('posts are limited per account, except those made by the simulator', async () => {
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

test('follows and unfollows are limited per account, except those made by the simulator', async () => {
	const [{ name, password }, star] = [await createPerson(), await createPerson()];
	const path = pathOf('fllws', name);
	const self = basic(name, password);
	for (let round = 0; round < 3; round++)
		expect((await api.post(path, { follow: star.name }, { as: SIMULATOR })).statusCode).toBe(204);
	expect((await api.post(path, { unfollow: star.name }, { as: self })).statusCode).toBe(204);
	expect((await api.post(path, { unfollow: star.name }, { as: self })).statusCode).toBe(204);
	for (const body of [{ follow: star.name }, { unfollow: star.name }]) {
		const limited = await api.post(path, body, { as: self });
		expect(limited.json()).toEqual(LIMITED);
		expect(Number(limited.headers['retry-after'])).toBeGreaterThan(3_000);
	}
	expect((await api.get(path)).json()).toEqual({ follows: [] });
});

test('repeated wrong passwords lead to 429, even for the right password', async () => {
	const { name, password } = await createPerson();
	const read = (pwd: string, address: string) => api.get('/msgs', { as: basic(name, pwd), ...from(address) });
	for (let round = 0; round < 2; round++) expect((await read('guess', '192.0.2.21')).statusCode).toBe(403);
	const limited = await read(password, '192.0.2.21');
	expect(limited.json()).toEqual(LIMITED);
	expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
	expect((await read(password, '192.0.2.22')).statusCode).toBe(200);
});

test('wrong passwords from many addresses are limited too, except where the user has logged in before', async () => {
	const { name, password } = await createPerson();
	const read = (pwd: string, address: string) => api.get('/msgs', { as: basic(name, pwd), ...from(address) });
	expect((await read(password, '192.0.2.31')).statusCode).toBe(200);
	for (const address of ['192.0.2.32', '192.0.2.33', '192.0.2.34', '192.0.2.35'])
		expect((await read('guess', address)).statusCode).toBe(403);
	expect((await read(password, '192.0.2.36')).json()).toEqual(LIMITED);
	expect((await read(password, '192.0.2.31')).statusCode).toBe(200);
});

test('accepts the right password in many concurrent requests', async () => {
	const { name, password } = await createPerson();
	const replies = await Promise.all(
		Array.from({ length: 24 }, () => api.get('/msgs', { as: basic(name, password), ...from('192.0.2.41') }))
	);
	expect(replies.map((reply) => reply.statusCode)).toEqual(Array(24).fill(200));
});

describe('wrong passwords for the simulator', () => {
	beforeEach(() => execute(SQL`DELETE FROM rate_limits`));

	const wrong = (address: string) => ({ as: basic('simulator', 'wrong'), ...from(address) });
	const latestOf = async (address: string) => (await api.get('/latest', wrong(address))).statusCode;

	test.each([
		['GET /msgs', 51, 403],
		['GET /latest', 52, 200],
		['POST /register', 53, 400],
		['GET /nothing', 54, 404],
		['GET /msgs/%', 55, 400],
		['DELETE /latest', 56, 405],
		['GET /healthz', 57, 200]
	])('are counted on every route: %s', async (route, host, status) => {
		const [method, url] = route.split(' ') as ['GET' | 'POST' | 'DELETE', string];
		const address = `192.0.2.${host}`;
		const payload = method === 'POST' ? { payload: {} } : {};
		for (let guess = 0; guess < 2; guess++) {
			expect((await api.request({ method, url, ...payload, ...wrong(address) })).statusCode).toBe(status);
		}
		const limited = await api.get('/msgs', wrong(address));
		expect(limited.json()).toEqual(LIMITED);
		expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
	});

	test('do not exceed the limit in parallel; the right password is neither refused nor counted', async () => {
		const address = '192.0.2.61';
		const replies = await Promise.all(Array.from({ length: 30 }, () => api.get('/msgs', wrong(address))));
		expect(replies.filter(({ statusCode }) => statusCode === 403)).toHaveLength(2);
		expect(replies.filter(({ statusCode }) => statusCode === 429)).toHaveLength(28);
		for (let round = 0; round < 5; round++) {
			expect((await api.get('/msgs', from(address))).statusCode).toBe(200);
			expect((await api.post('/register', {}, from(address))).statusCode).toBe(400);
		}
	});

	test('over the limit cannot register or change the latest number, and GET /latest does not reveal the limit', async () => {
		const address = '192.0.2.71';
		await api.get('/msgs?latest=7');
		for (let guess = 0; guess < 4; guess++) expect(await latestOf(address)).toBe(200);
		const body = { username: 'guesser', email: 'a@b', pwd: PASSWORD };
		expect((await api.post('/register?latest=8', body, wrong(address))).json()).toEqual(LIMITED);
		expect(await api.latest()).toBe(7);
		expect((await api.post('/register', body, { as: null, ...from(address) })).statusCode).toBe(204);
	});

	test('from many addresses are limited too', async () => {
		const statuses: number[] = [];
		for (let host = 81; host < 90; host++) statuses.push((await api.get('/msgs', wrong(`192.0.2.${host}`))).statusCode);
		expect(statuses.at(-1)).toBe(429);
		expect((await api.get('/msgs', from('192.0.2.89'))).statusCode).toBe(200);
	});
});
