import { beforeAll, describe, expect, test } from 'vitest';
import { KNOWN_FIELDS } from '#lib/server/observability/redaction.ts';
import { createPerson } from '../factories.ts';
import { basic, useApi } from './use-api.ts';

const api = useApi({ LOG_LEVEL: 'trace' });
const withId = (id: string, headers: Record<string, string> = {}) => ({ headers: { 'x-request-id': id, ...headers } });

beforeAll(async () => {
	await createPerson({ name: 'alice', password: 'sesame' });
});

describe('the log', () => {
	test('has one line per request, with everything needed to replay it', async () => {
		const reply = await api.post('/msgs/alice?latest=5', { content: 'hello' }, withId('post-1'));
		expect(reply.headers['x-request-id']).toBe('post-1');
		expect(api.linesOf('post-1')).toEqual([
			expect.objectContaining({
				'log.level': 'info',
				client: { ip: '127.0.0.1' },
				user: { name: 'simulator' },
				url: { path: '/msgs/alice', query: 'latest=5' },
				event: { start: expect.any(String), duration: expect.any(Number) },
				http: {
					request: {
						id: 'post-1',
						method: 'POST',
						headers: expect.objectContaining({ 'content-type': 'application/json', authorization: '[redacted]' }),
						body: { content: '{"content":"hello"}' }
					},
					response: { status_code: 204 },
					route: '/msgs/:username'
				}
			})
		]);
	});

	test('names the authenticated user', async () => {
		await api.get('/msgs', { as: basic('alice', 'sesame'), ...withId('who-alice') });
		await api.get('/msgs', { as: null, ...withId('who-nobody') });
		expect(api.linesOf('who-alice')).toMatchObject([{ user: { name: 'alice' } }]);
		expect(api.linesOf('who-nobody')[0]).not.toHaveProperty('user');
	});

	test.each([
		['GET', '/nothing', 404],
		['PUT', '/msgs', 405],
		['GET', '/msgs/%zz', 400],
		['POST', '/register', 400]
	] as const)('has one line for %s %s', async (method, url, status) => {
		const id = `odd-${method}-${status}`;
		const payload = method === 'POST' ? '{"pwd": "broken' : undefined;
		await api.request({ method, url, payload, ...withId(id, payload ? { 'content-type': 'application/json' } : {}) });
		expect(api.linesOf(id)).toMatchObject([{ http: { response: { status_code: status } } }]);
		if (payload) expect(api.linesOf(id)[0].http.request.body.content).toBe('"no JSON object, 15 bytes"');
	});

	test('generates a request id if the client sends none or an invalid one', async () => {
		for (const given of [undefined, 'a\tb', 'x'.repeat(200), '"quoted"']) {
			const reply = await api.get('/latest', given ? withId(given) : {});
			expect(reply.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
		}
	});
});

test('the log knows each body field that the API reads', async () => {
	const { paths } = (await api.get('/openapi.json', { as: null })).json() as { paths: object };
	const fields = Object.values(paths)
		.flatMap((operations: object) => Object.values(operations))
		.flatMap(({ requestBody }) => Object.keys(requestBody?.content['application/json'].schema.properties ?? {}));
	expect(fields).toContain('pwd');
	expect(fields.filter((name) => !KNOWN_FIELDS.includes(name))).toEqual([]);
});

describe('a secret', () => {
	test('never appears in the log or in an error, wherever it is sent', async () => {
		const secret = 'S3CRET-never-to-be-seen';
		const cookie = { cookie: `session=${secret}` };
		const bodies: [payload: string | object, type: string][] = [
			[{ username: 'carol', email: 'c@example.org', pwd: secret }, 'application/json'],
			[{ username: '', email: 'c@example.org', pwd: secret, password2: secret }, 'application/json'],
			[{ nested: { deep: [{ token: secret }], api_key: secret, Authorization: secret } }, 'application/json'],
			[{ otp: secret, jwt: secret, code: secret, [secret]: 1, email: secret }, 'application/json'],
			[{ username: secret, email: 'c@example.org', pwd: '' }, 'application/json'],
			[`{"username":"carol","pwd":"${secret}`, 'application/json'],
			[`{"pwd":"${secret}","__proto__":{"a":1}}`, 'application/json'],
			[`"${secret}"`, 'application/json'],
			[`["pwd","${secret}"]`, 'application/json'],
			[`pwd=${secret}`, 'application/x-www-form-urlencoded'],
			[secret, 'text/plain'],
			[`{"pwd":"${secret}${'x'.repeat(70_000)}"}`, 'application/json']
		];
		const headers = [
			basic('simulator', 'super_safe!'),
			basic('alice', secret),
			basic(secret, 'x'),
			`Bearer ${secret}`,
			secret,
			null
		];
		for (const path of ['/register', '/msgs/alice', '/fllws/alice', '/latest', '/nothing', '/msgs/%zz']) {
			for (const [payload, type] of bodies) {
				const reply = await api.post(`${path}?pwd=${secret}&otp=${secret}&${secret}&latest=1`, payload, {
					headers: { 'content-type': type, ...cookie }
				});
				expect(reply.body).not.toContain(secret);
			}
			for (const as of headers) {
				const reply = await api.get(`${path}?password=${secret}`, { as, headers: cookie });
				expect(reply.body).not.toContain(secret);
			}
		}
		const output = api.logged();
		expect(output).toContain('[redacted]');
		expect(output).not.toContain(secret);
		for (const as of headers) if (as) expect(output).not.toContain(as.replace('Basic ', ''));
		expect(output).not.toContain('$argon2');
	});
});
