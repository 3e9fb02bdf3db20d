import { describe, expect, test } from 'vitest';
import { SQL, execute } from '#lib/server/database/database.ts';
import { useApi } from './use-api.ts';

const api = useApi();

describe('operational endpoints', () => {
	test('report liveness and readiness without credentials', async () => {
		for (const url of ['/healthz', '/readyz']) {
			expect((await api.get(url, { as: null })).json()).toEqual({ status: 'ok' });
		}
	});

	test('report the server as not ready if the schema is outdated', async () => {
		await execute(SQL`ALTER TABLE schema_version RENAME TO renamed`);
		try {
			expect((await api.get('/readyz')).statusCode).toBe(503);
			expect((await api.get('/healthz')).statusCode).toBe(200);
		} finally {
			await execute(SQL`ALTER TABLE renamed RENAME TO schema_version`);
		}
		expect((await api.get('/readyz')).statusCode).toBe(200);
	});

	test('export metrics by route pattern, method and status', async () => {
		await api.get('/msgs/somebody-unknown');
		await api.get('/no-such-path');
		const { body, headers } = await api.get('/metrics', { as: null });
		expect(headers['content-type']).toMatch(/^text\/plain/);
		expect(body).toMatch(
			/http_request_duration_seconds_bucket\{le="0.3",route="\/msgs\/:username",method="GET",status="404"\} 1/
		);
		expect(body).toMatch(/route="unknown",method="GET",status="404"/);
		expect(body).not.toContain('somebody-unknown');
		for (const name of ['minitwit_model_changes_total', 'minitwit_log_ins_total', 'nodejs_eventloop_lag_seconds']) {
			expect(body).toContain(name);
		}
	});
});

describe('a server error', () => {
	test('is a 500 that reveals only the request id, and an error in the log', async () => {
		await execute(SQL`ALTER TABLE messages RENAME TO renamed`);
		try {
			const reply = await api.get('/msgs', { headers: { 'x-request-id': 'broken-1' } });
			expect(reply.statusCode).toBe(500);
			expect(reply.json().error_msg).toBe('Something went wrong on our side. Quote this number: broken-1');
			expect(api.linesOf('broken-1')).toMatchObject([
				{ 'log.level': 'error', error: { message: 'relation "messages" does not exist' } }
			]);
		} finally {
			await execute(SQL`ALTER TABLE renamed RENAME TO messages`);
		}
	});
});

describe('paths and methods', () => {
	test.each([
		['DELETE', '/msgs', 'HEAD, GET'],
		['PUT', '/msgs/alice', 'GET, HEAD, POST'],
		['PATCH', '/fllws/alice', 'GET, HEAD, POST'],
		['GET', '/register', 'POST'],
		['HEAD', '/register', 'POST'],
		['POST', '/latest', 'GET, HEAD'],
		['OPTIONS', '/latest?latest=1', 'GET, HEAD'],
		['POST', '/metrics', 'GET, HEAD']
	] as const)('%s %s is 405', async (method, url, methods) => {
		const reply = await api.request({ method, url, payload: method === 'POST' ? 'text' : undefined, as: null });
		expect(reply.statusCode).toBe(405);
		const sorted = (list: unknown) => String(list).split(', ').sort();
		expect(sorted(reply.headers.allow)).toEqual(sorted(methods));
	});

	test.each(['/nothing', '/msgs/', '/msgs/a/b', '//msgs', '/MSGS', '/fllws', '/latest/', '/register/x', '/msgs;a=b'])(
		'%s does not exist for any method or body',
		async (url) => {
			expect((await api.get(url)).statusCode).toBe(404);
			const other = await api.post(url, 'x'.repeat(70_000), { headers: { 'content-type': 'text/plain' } });
			expect([404, 415, 413]).toContain(other.statusCode);
		}
	);

	test.each(['/msgs/%', '/msgs/%zz', '/fllws/%ff', '/%c0%af', '/msgs/%E0%A4'])(
		'%s is rejected as malformed',
		async (url) => {
			const reply = await api.get(url);
			expect(reply.json()).toEqual({ status: 400, error_msg: 'The path is not percent-encoded UTF-8' });
			expect(reply.headers).toMatchObject({ 'x-request-id': expect.any(String), 'x-content-type-options': 'nosniff' });
		}
	);

	test('a malformed path for another host is 421, and its number is ignored', async () => {
		await api.get('/msgs?latest=5');
		const reply = await api.get('/msgs/%ff?latest=6', { headers: { host: 'evil.example' } });
		expect(reply.statusCode).toBe(421);
		expect(await api.latest()).toBe(5);
	});

	test('HEAD answers like GET, without a body', async () => {
		const [head, get] = [await api.request({ method: 'HEAD', url: '/msgs' }), await api.get('/msgs')];
		expect([head.statusCode, head.body]).toEqual([200, '']);
		expect(head.headers['content-type']).toBe(get.headers['content-type']);
		expect((await api.request({ method: 'HEAD', url: '/msgs', as: null })).statusCode).toBe(403);
	});

	test('HEAD answers every path with the status and headers of GET', async () => {
		for (const url of [
			'/latest',
			'/msgs/nobody',
			'/fllws/nobody',
			'/register',
			'/healthz',
			'/readyz',
			'/openapi.json',
			'/docs',
			'/docs/static/index.css',
			'/nothing'
		]) {
			const [get, head] = [await api.get(url), await api.request({ method: 'HEAD', url })];
			const summaryOf = ({ statusCode, headers }: typeof get) => [statusCode, headers['content-type'], headers.allow];
			expect([url, head.body, ...summaryOf(head)]).toEqual([url, '', ...summaryOf(get)]);
		}
	});

	test.each(['/docs/static/..%2f..%2fpackage.json', '/docs/static/%00', '/docs/static/nothing'])(
		'%s is a client error, not a server error',
		async (url) => {
			const reply = await api.get(url);
			expect(reply.statusCode).toBeGreaterThanOrEqual(400);
			expect(reply.statusCode).toBeLessThan(500);
		}
	);

	test('every reply has the security headers and forbids caching', async () => {
		for (const url of ['/msgs', '/latest', '/nothing', '/openapi.json']) {
			expect((await api.get(url)).headers).toMatchObject({
				'cache-control': 'no-store',
				'content-security-policy': expect.stringContaining("default-src 'none'"),
				'x-content-type-options': 'nosniff'
			});
		}
	});
});

describe('the documentation', () => {
	test('lists 421 for every operation', async () => {
		const { paths } = (await api.get('/openapi.json')).json();
		for (const operations of Object.values<object>(paths))
			for (const { responses } of Object.values(operations)) expect(Object.keys(responses)).toContain('421');
	});

	test('is linked from the root', async () => {
		const root = await api.get('/', { as: null });
		expect(root.statusCode).toBe(200);
		expect(root.json()).toEqual({ documentation: '/docs', openapi: '/openapi.json' });
	});

	test('lists every route and the credentials it needs', async () => {
		const { paths } = (await api.get('/openapi.json')).json();
		expect(Object.keys(paths).sort()).toEqual(
			[
				'/',
				'/fllws/{username}',
				'/healthz',
				'/latest',
				'/metrics',
				'/msgs',
				'/msgs/{username}',
				'/readyz',
				'/register'
			].sort()
		);
		expect(paths['/msgs'].get.security).toEqual([{ basic: [] }]);
		expect(paths['/latest'].get.security).toBeUndefined();
	});

	test('is rendered by a page that loads nothing from other hosts', async () => {
		const page = await api.get('/docs', { as: null });
		expect(page.statusCode).toBe(200);
		expect(page.headers['content-security-policy']).toContain("default-src 'self'");
		const scripts = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => String(match[1]));
		expect(scripts.length).toBeGreaterThan(3);
		for (const script of scripts) {
			const { pathname, host } = new URL(script, 'http://api/docs');
			expect(host).toBe('api');
			expect((await api.get(pathname)).statusCode).toBe(200);
		}
		expect(page.body).toMatch(/<header[^>]*>.*MiniTwit<\/header>/s);
		expect(page.body).toContain('name="viewport"');
		const initializer = await api.get('/docs/static/swagger-initializer.js');
		expect(initializer.body).toContain('"validatorUrl":null');
	});
});
