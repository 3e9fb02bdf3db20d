import { beforeAll, describe, expect, test } from 'vitest';
import { createPerson } from '../factories.ts';
import { basic, pathOf, useApi } from './use-api.ts';

const api = useApi({
	LIMIT_LOG_IN_FAILURES_PER_PAIR: '1000/900',
	LIMIT_LOG_IN_FAILURES_PER_ADDRESS: '1000/300'
});
const UNAUTHORIZED = { status: 403, error_msg: 'You are not authorized to use this resource!' };

beforeAll(async () => {
	await createPerson({ name: 'alice', password: 'ä:b' });
	await createPerson({ name: 'bob' });
});

/** Resolves to a user with 130 messages. */
const prolific = once(async () => {
	const person = await createPerson();
	const path = pathOf('msgs', person.name);
	await Promise.all(Array.from({ length: 130 }, () => api.post(path, { content: 'one of many' })));
	return person;
});

function once<T>(work: () => Promise<T>): () => Promise<T> {
	let result: Promise<T> | undefined;
	return () => (result ??= work());
}

describe('messages', () => {
	test('are listed newest first with the time of posting in seconds', async () => {
		const before = Math.floor(Date.now() / 1000);
		for (const content of ['first', 'second', 'third']) {
			const reply = await api.post('/msgs/alice', { content });
			expect([reply.statusCode, reply.body]).toEqual([204, '']);
		}
		const reply = await api.get('/msgs/alice?no=2');
		expect(reply.headers['content-type']).toBe('application/json; charset=utf-8');
		const [third, second, ...rest] = reply.json();
		expect([third.content, second.content, rest]).toEqual(['third', 'second', []]);
		expect(Object.keys(third).sort()).toEqual(['content', 'pub_date', 'user']);
		expect(third.pub_date).toBeGreaterThanOrEqual(before);
		expect(third.pub_date).toBeLessThanOrEqual(Date.now() / 1000);
		expect((await api.get('/msgs?no=1')).json()).toEqual([third]);
	});

	test.each([
		['no=0', 0],
		['no=2', 2],
		['', 100],
		['no=1000', 130],
		['no=99999999999999999999999', 130],
		['no=007', 7],
		['no=2&no=ten', 2],
		...['-1', '1.5', 'ten', '', '1e2', '%201', '+5', 'NaN', '%00', '0x10', 'null', '-0', 'ten&no=2'].map(
			(text): [string, number] => [`no=${text}`, 100]
		),
		['no', 100],
		['no[]=5', 100]
	])('?%s returns %i of 130', async (query, length) => {
		const path = pathOf('msgs', (await prolific()).name);
		expect((await api.get(`${path}?${query}`)).json()).toHaveLength(length);
	});

	test('and follows accept any value of `no`', async () => {
		for (const no of ['-1', 'ten', '', '1&no=2', '%F0%9F%90%A6'])
			for (const path of ['/msgs', '/msgs/alice', '/fllws/alice'])
				expect((await api.get(`${path}?no=${no}`)).statusCode).toBe(200);
	});

	test.each([
		['one\r\ntwo\rthree\n', 'one\ntwo\nthree\n'],
		[`${'x\r\n'.repeat(140)}`, 'x\n'.repeat(140)]
	])('are stored with normalized line endings: %j', async (content, stored) => {
		expect((await api.post('/msgs/alice', { content })).statusCode).toBe(204);
		expect((await api.get('/msgs/alice?no=1')).json()).toMatchObject([{ content: stored }]);
	});

	test('of an unknown user are 404, to read or to post', async () => {
		for (const name of ['nobody', 'nul\0', 'Alice', 'x'.repeat(4_000), 'ü'.repeat(2_000), '']) {
			expect((await api.get(pathOf('msgs', name))).statusCode).toBe(404);
			expect((await api.post(pathOf('msgs', name), { content: 'x' })).statusCode).toBe(404);
		}
	});

	test.each([
		{ content: '' },
		{ content: ' \n' },
		{},
		{ content: 5 },
		{ content: null },
		{ content: 'nul\0' },
		{ content: '\u200b\u2060\u2800\u3164' },
		{ content: '\ud800' }
	])('are rejected if invalid: %j', async (body) => {
		expect((await api.post('/msgs/alice', body)).statusCode).toBe(400);
	});
});

describe('authorization', () => {
	test.each([
		null,
		'',
		'Basic',
		'Basic ====',
		'Basic %%%',
		'Bearer c2ltdWxhdG9yOnN1cGVyX3NhZmUh',
		`Basic ${Buffer.from('no colon').toString('base64')}`,
		basic('simulator', 'super_safe'),
		basic('simulator', 'super_safe!!'),
		basic('Simulator', 'super_safe!'),
		basic('nobody', 'super_safe!'),
		basic('nul\0', 'x'),
		basic('alice', 'wrong'),
		basic('', '')
	])('%s is 403', async (as) => {
		for (const path of ['/msgs', '/msgs/bob', '/msgs/nobody', '/fllws/bob']) {
			const reply = await api.get(path, { as });
			expect([reply.statusCode, reply.json()]).toEqual([403, UNAUTHORIZED]);
		}
		for (const [path, body] of [
			['/msgs/bob', { content: 'not mine' }],
			['/fllws/bob', { follow: 'alice' }],
			['/msgs/bob', '{']
		] as const) {
			expect((await api.post(path, body, { as })).json()).toEqual(UNAUTHORIZED);
		}
		expect((await api.get('/msgs/bob')).json()).toEqual([]);
		expect((await api.get('/fllws/bob')).json()).toEqual({ follows: [] });
	});

	test('a user can read everything but write only as themselves', async () => {
		const as = basic('alice', 'ä:b');
		expect((await api.get('/msgs', { as })).statusCode).toBe(200);
		expect((await api.get('/msgs/bob', { as })).statusCode).toBe(200);
		expect((await api.post('/msgs/alice', { content: 'mine' }, { as })).statusCode).toBe(204);
		expect((await api.post('/fllws/alice', { follow: 'bob' }, { as })).statusCode).toBe(204);
		expect((await api.post('/msgs/bob', { content: 'his' }, { as })).json()).toEqual(UNAUTHORIZED);
		expect((await api.post('/msgs/nobody', { content: 'his' }, { as })).json()).toEqual(UNAUTHORIZED);
		expect((await api.post('/fllws/bob', { follow: 'alice' }, { as })).json()).toEqual(UNAUTHORIZED);
	});

	test('the scheme is case-insensitive', async () => {
		expect(
			(await api.get('/msgs', { as: basic('simulator', 'super_safe!').replace('Basic', 'bAsIc') })).statusCode
		).toBe(200);
	});
});
