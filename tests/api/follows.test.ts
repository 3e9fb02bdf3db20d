import { beforeAll, expect, test } from 'vitest';
import { createPerson } from '../factories.ts';
import { pathOf, useApi } from './use-api.ts';

const api = useApi();
const FAULT = 'The body must be {"follow": name} or {"unfollow": name}';

beforeAll(async () => {
	for (const name of ['alice', 'bob', 'charlie']) await createPerson({ name });
});

test('repeated follows and unfollows succeed', async () => {
	for (const follow of ['bob', 'bob', 'charlie']) {
		const reply = await api.post('/fllws/alice', { follow });
		expect([reply.statusCode, reply.body]).toEqual([204, '']);
	}
	expect((await api.get('/fllws/alice')).json()).toEqual({ follows: ['charlie', 'bob'] });
	expect((await api.get('/fllws/alice?no=1')).json()).toEqual({ follows: ['charlie'] });
	expect((await api.get('/fllws/alice?no=0')).json()).toEqual({ follows: [] });
	for (const unfollow of ['bob', 'bob']) expect((await api.post('/fllws/alice', { unfollow })).statusCode).toBe(204);
	expect((await api.get('/fllws/alice')).json()).toEqual({ follows: ['charlie'] });
});

test('users cannot follow themselves, but unfollowing themselves succeeds', async () => {
	expect((await api.post('/fllws/bob', { follow: 'bob' })).statusCode).toBe(400);
	expect((await api.post('/fllws/bob', { unfollow: 'bob' })).statusCode).toBe(204);
});

test('an unknown follower or followee is 404', async () => {
	for (const name of ['nobody', 'nul\0', '', 'Bob', 'x'.repeat(5_000)]) {
		expect((await api.get(pathOf('fllws', name))).statusCode).toBe(404);
		expect((await api.post(pathOf('fllws', name), { follow: 'bob' })).statusCode).toBe(404);
		expect((await api.post('/fllws/bob', { follow: name })).statusCode).toBe(404);
		expect((await api.post('/fllws/bob', { unfollow: name })).statusCode).toBe(404);
	}
});

test.each([
	{},
	{ follow: 'alice', unfollow: 'charlie' },
	{ follow: 5 },
	{ unfollow: null },
	{ follow: ['alice'] },
	{ befriend: 'alice' }
])('rejects %j', async (body) => {
	const reply = await api.post('/fllws/bob', body);
	expect(reply.json()).toEqual({ status: 400, error_msg: FAULT });
	expect((await api.get('/fllws/bob')).json()).toEqual({ follows: [] });
});
