import { beforeAll, describe, expect, test } from 'vitest';
import { SQL, execute } from '#lib/server/database/database.ts';
import { createPerson } from '../factories.ts';
import { basic, pathOf, useApi } from './use-api.ts';

const api = useApi();
let alice: Awaited<ReturnType<typeof createPerson>>;

beforeAll(async () => {
	expect(await api.latest()).toBe(-1);
	alice = await createPerson({ name: 'alice' });
});

describe('GET /latest', () => {
	test('needs no credentials and returns the number received last, even if it is lower', async () => {
		await api.get('/msgs?latest=1337');
		expect(await api.latest()).toBe(1337);
		await api.get('/msgs?latest=12');
		expect(await api.latest()).toBe(12);
		await api.get('/msgs?latest=-7');
		expect(await api.latest()).toBe(-7);
	});

	test.each([
		['GET', '/msgs?latest=', 200],
		['GET', '/msgs/alice?no=1&latest=', 200],
		['GET', '/fllws/alice?latest=', 200],
		['POST', '/msgs/alice?latest=', 204, { content: 'hello' }],
		['POST', '/register?latest=', 204, { username: 'late', email: 'l@e', pwd: 'x' }],
		['POST', '/fllws/alice?latest=', 204, { unfollow: 'alice' }],
		['POST', '/fllws/alice?latest=', 400, { follow: 'alice' }],
		['POST', '/fllws/alice?latest=', 400, {}],
		['POST', '/fllws/alice?latest=', 404, { follow: 'nobody' }],
		['POST', '/msgs/alice?latest=', 400, { content: '' }],
		['POST', '/msgs/alice?latest=', 400, '{'],
		['POST', '/msgs/alice?latest=', 413, { content: 'x'.repeat(70_000) }],
		['POST', '/msgs/nobody?latest=', 404, { content: 'hello' }],
		['GET', '/msgs?no=many&latest=', 200],
		['GET', '/msgs/nobody?latest=', 404],
		['GET', '/fllws/nobody?latest=', 404],
		['GET', '/msgs/%zz?latest=', 400],
		['POST', '/register?latest=', 400, {}],
		['POST', '/register?latest=', 400, { username: 'alice', email: 'a@b', pwd: 'x' }],
		['POST', '/register?latest=', 400, { username: 'simulator', email: 'a@b', pwd: 'x' }],
		['PUT', '/msgs?latest=', 405],
		['GET', '/nothing?latest=', 404]
	] as const)('is updated by %s %s (%i)', async (method, url, status, payload?: string | object) => {
		// -1 means that no number has been received.
		const number = Math.max(await api.latest(), 0) + 1;
		const headers = payload ? { 'content-type': 'application/json' } : {};
		const reply = await api.request({ method, url: `${url}${number}`, payload, headers });
		expect(reply.statusCode).toBe(status);
		expect(await api.latest()).toBe(number);
	});

	test('is updated by a request with a wrong content type', async () => {
		await api.post('/register?latest=415', 'x', { headers: { 'content-type': 'text/plain' } });
		expect(await api.latest()).toBe(415);
	});

	test.each(['-1', '', 'abc', '1.5', '1e3', '0x10', '9007199254740993', '+5', ' 5', '5%00', '%zz', 'null'])(
		'ignores an invalid number: %j',
		async (number) => {
			await api.get('/msgs?latest=41');
			expect((await api.get(`/msgs?latest=${number}`)).statusCode).toBe(200);
			expect(await api.latest()).toBe(41);
		}
	);

	test('uses the first of several numbers and ignores a number in the path', async () => {
		await api.get('/msgs?latest=51&latest=52');
		expect(await api.latest()).toBe(51);
		await api.get('/msgs/&latest=99');
		expect(await api.latest()).toBe(51);
	});

	test('ignores numbers sent without the simulator’s credentials', async () => {
		await api.get('/msgs?latest=61');
		const self = basic('alice', alice.password);
		const otherCredentials = [null, basic('simulator', 'wrong'), basic('nobody', 'x'), 'Basic', 'Bearer super_safe!'];
		for (const as of otherCredentials) expect((await api.get('/msgs?latest=62', { as })).statusCode).toBe(403);
		expect((await api.get('/msgs?latest=62', { as: self })).statusCode).toBe(200);
		expect((await api.post('/msgs/alice?latest=62', { content: 'mine' }, { as: self })).statusCode).toBe(204);
		const body = { username: 'quiet', email: 'q@e', pwd: alice.password };
		expect((await api.post('/register?latest=62', body, { as: null })).statusCode).toBe(204);
		await api.get('/nothing?latest=62', { as: null });
		await api.get('/latest?latest=62');
		expect(await api.latest()).toBe(61);
	});

	test('returns the number received last after concurrent requests', async () => {
		for (let round = 0; round < 5; round++) {
			const numbers = Array.from({ length: 20 }, (_, index) => round * 100 + index);
			await Promise.all(numbers.map((number) => api.get(`${pathOf('fllws', 'alice')}?latest=${number}`)));
			expect(numbers).toContain(await api.latest());
			await api.get(`/msgs?latest=${round}`);
			expect(await api.latest()).toBe(round);
		}
	});

	test('answers 500 without a detail of the database if neither the number nor the work can be done', async () => {
		await execute(SQL`ALTER TABLE simulator_latest RENAME TO away; ALTER TABLE messages RENAME TO gone`);
		try {
			for (const reply of [await api.get('/msgs?latest=1'), await api.post('/msgs/alice?latest=1', { content: 'x' })]) {
				expect(reply.statusCode).toBe(500);
				expect(Object.keys(reply.json())).toEqual(['status', 'error_msg']);
				expect(reply.body).not.toMatch(/relation|simulator_latest|messages/);
			}
		} finally {
			await execute(SQL`ALTER TABLE away RENAME TO simulator_latest; ALTER TABLE gone RENAME TO messages`);
		}
	});
});
