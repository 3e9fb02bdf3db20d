import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createSession } from '#lib/server/accounts/sessions.ts';
import { PASSWORD } from '../factories.ts';
import { createPerson, expect, test as base } from './fixtures.ts';
import { type RawAnswer, sendRawRequest } from './raw-request.ts';
import { type WebServer, startWebServer } from './web-server.ts';

/* What the HTTP server ensures for every response: pages, redirects of the router, files and refusals. */

const HOST = 'minitwit.example';
const ORIGIN = `https://${HOST}`;

/** Replaces the server with one that is configured for a TLS proxy. */
const test = base.extend<object, { webServer: WebServer }>({
	webServer: [
		async ({ browserName: _ }, use, worker) => {
			const server = await startWebServer(join(worker.project.outputDir, `https-${worker.workerIndex}.log`), {
				ORIGIN
			});
			await use(server);
			await server.remove();
		},
		{ scope: 'worker' }
	]
});

/** Lists the files below a folder as relative paths. */
function listFiles(folder: string): string[] {
	const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
	return names.filter((name) => statSync(join(folder, name)).isFile()).sort();
}

/** One path for each route. */
const routes = listFiles('src/routes')
	.filter((file) => /\+(page\.svelte|server\.ts)$/.test(file))
	.map(
		(file) =>
			`/${relative('.', join(file, '..'))}`.replace('[[prefix=u]]/[username]', 'nobody').replace(/\/$/, '') || '/'
	);
const files = listFiles('build/client').map((file) => `/${encodeURI(file)}`);
const stream = '/events?timeline=public&after=0';
const unusual = ['/public/', '/a/b/c/d', '/public/__data.json', '/_app/immutable/none.js', '/?before=x', '/%', stream];

const EXPECTED = {
	'x-request-id': /^[\w-]{36}$/,
	'x-content-type-options': /^nosniff$/,
	'x-frame-options': /^DENY$/,
	// The second is that of pages whose address is secret.
	'referrer-policy': /^(same-origin|strict-origin)$/,
	'permissions-policy': /camera=\(\)/,
	'cross-origin-opener-policy': /^same-origin$/,
	'cross-origin-resource-policy': /^same-origin$/,
	'content-security-policy': /^default-src 'none';.*frame-ancestors 'none'/,
	'strict-transport-security': /^max-age=31536000; includeSubDomains$/
};

function expectSafe({ headers, rawHeaders }: RawAnswer, what: string): void {
	const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
	for (const [name, pattern] of Object.entries(EXPECTED)) {
		expect(headers[name], `${name} of ${what}`).toMatch(pattern);
		expect(
			names.filter((other) => other === name),
			`${name} of ${what}`
		).toHaveLength(1);
	}
	expect(headers, what).not.toHaveProperty('x-powered-by');
	for (const cookie of headers['set-cookie'] ?? []) {
		expect(cookie, what).toMatch(/^__Host-\w+=/);
		for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/'])
			expect(cookie, what).toContain(`; ${attribute}`);
	}
}

test('every route, every file of the build and every refusal has the security headers', async ({ webServer }) => {
	// Hundreds of files, each with and without a cookie.
	test.slow();
	const { id } = await createPerson();
	const cookie = `__Host-session=${await createSession(id)}`;
	const paths = [...routes, ...files, ...unusual];
	const requests = paths.flatMap((path) => ['', cookie].map((from) => ({ path, from })));
	await Promise.all(
		requests.map(async ({ path, from }) =>
			expectSafe(await sendRawRequest(webServer.origin, path, { headers: { host: HOST, cookie: from } }), path)
		)
	);
	for (const method of ['TRACE', 'PUT', 'OPTIONS', 'DELETE', 'PROPFIND'])
		expectSafe(await sendRawRequest(webServer.origin, '/public', { method, headers: { host: HOST } }), method);
	expectSafe(
		await sendRawRequest(webServer.origin, '/public', { headers: { host: 'evil.example' } }),
		'a foreign host'
	);
});

test('all cookies are bound to the host and to HTTPS', async ({ webServer }) => {
	const { name } = await createPerson();
	const body = new URLSearchParams({ username: name, password: PASSWORD }).toString();
	const headers = {
		host: HOST,
		origin: ORIGIN,
		accept: 'text/html',
		'content-type': 'application/x-www-form-urlencoded',
		'content-length': String(body.length)
	};
	const answer = await sendRawRequest(webServer.origin, '/login', { method: 'POST', headers, body });
	expect(answer.status).toBe(303);
	expect(answer.headers['set-cookie']?.join()).toContain('session=');
	expectSafe(answer, 'a log-in');
	const plain = { ...headers, origin: `http://${HOST}` };
	expect((await sendRawRequest(webServer.origin, '/login', { method: 'POST', headers: plain, body })).status).toBe(403);
});

test('requests that no route answers are logged and counted', async ({ webServer }) => {
	const requests = [
		['GET', '/public/', 308],
		['TRACE', '/public', 400],
		['GET', `http://${HOST}/public`, 200],
		['GET', 'http://evil.example/public', 421],
		['GET', '/_app/immutable/none.js', 404],
		['OPTIONS', '*', 400]
	] as const;
	const lines = () => readFileSync(webServer.logFile, 'utf8');
	for (const [method, path, status] of requests) {
		const id = `seen-${crypto.randomUUID()}`;
		const answer = await sendRawRequest(webServer.origin, path, {
			method,
			headers: { host: HOST, 'x-request-id': id }
		});
		expect([answer.status, answer.headers['x-request-id']], `${method} ${path}`).toEqual([status, id]);
		await expect.poll(() => lines().split(id).length, `${method} ${path}`).toBe(2);
	}
	const metrics = await (await fetch(`${webServer.origin}/metrics`)).text();
	for (const label of ['method="GET",status="308"', 'method="OTHER",status="400"', 'method="GET",status="421"'])
		expect(metrics).toContain(`count{route="unmatched",${label}}`);
	await sendRawRequest(webServer.origin, '/icon.svg', { headers: { host: HOST } });
	// A response is counted once it has been sent, which its receiver may know earlier.
	await expect
		.poll(async () => (await fetch(`${webServer.origin}/metrics`)).text())
		.toContain('count{route="file",method="GET",status="200"}');
});

test('HEAD answers like GET, immediately, and opens no stream', async ({ webServer }) => {
	/** Headers that vary between responses or that depend on a body. */
	const volatile = ['x-request-id', 'date', 'etag', 'content-security-policy', 'transfer-encoding', 'content-length'];
	const summaryOf = ({ status, headers }: RawAnswer) => [
		status,
		Object.fromEntries(Object.entries(headers).filter(([name]) => !volatile.includes(name)))
	];
	for (const path of [...routes, ...files, ...unusual]) {
		const [get, head] = await Promise.all(
			['GET', 'HEAD'].map((method) => sendRawRequest(webServer.origin, path, { method, headers: { host: HOST } }))
		);
		expect(summaryOf(head as RawAnswer), path).toEqual(summaryOf(get as RawAnswer));
	}
	await expect
		.poll(async () => (await fetch(`${webServer.origin}/metrics`)).text())
		.toContain('\nminitwit_event_streams 0\n');
	const heads = Array.from({ length: 401 }, () =>
		sendRawRequest(webServer.origin, stream, { method: 'HEAD', headers: { host: HOST } })
	);
	expect(new Set((await Promise.all(heads)).map(({ status }) => status))).toEqual(new Set([200]));
});

test('an invalid action or range causes no server error', async ({ webServer }) => {
	const headers = { host: HOST, origin: ORIGIN, 'content-type': 'application/x-www-form-urlencoded' };
	for (const path of ['/login?/default', '/public?/default', '/login?/default=1&x', '/login?%2Fdefault'])
		expect((await sendRawRequest(webServer.origin, path, { method: 'POST', headers })).status, path).toBe(404);
	for (const range of ['bytes=5-3', 'bytes=-1', 'bytes=9999999-', 'bytes=a-b', 'lines=1-2', 'bytes=0-1,3-4'])
		expect(
			(await sendRawRequest(webServer.origin, '/icon.svg', { headers: { host: HOST, range } })).status,
			range
		).toBe(200);
});
