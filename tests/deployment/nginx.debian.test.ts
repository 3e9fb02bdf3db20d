import { writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { findFaults } from '../log-mapping.ts';
import { API_HOST, SITE_HOST, waitUntil } from './nginx.ts';
import { type Line, type Site, requestsOf, startSite } from './site.ts';

let site: Site;

beforeAll(async () => {
	site = await startSite(inject('serverUrl'));
	await site.signUp('alice');
});

afterAll(() => site.stop());

describe('the entry points', () => {
	test('all replicas receive requests', async () => {
		for (let number = 0; number < 10; number++) {
			expect((await site.ask('/public')).status).toBe(200);
			expect((await site.simulate('/msgs')).status).toBe(200);
		}
		for (const replica of [...site.web, ...site.api])
			await waitUntil(() => requestsOf(replica).length > 2, 'it has received some');
	});

	test('plain HTTP redirects to HTTPS, except for ACME challenges', async () => {
		for (const host of [SITE_HOST, API_HOST]) {
			const { status, headers } = await site.askPlainly('/alice?page=2', { host, method: 'POST' });
			expect(status).toBe(308);
			expect(headers.location).toBe(`https://${host}/alice?page=2`);
			expect(headers).not.toHaveProperty('strict-transport-security');
		}
		writeFileSync(join(site.nginx.acmeFolder, 'token'), 'proof');
		expect((await site.askPlainly('/.well-known/acme-challenge/token')).body).toBe('proof');
	});

	test('connections for unknown hosts are closed', async () => {
		const closed = /socket hang up|ECONNRESET/;
		await expect(site.askPlainly('/', { host: 'other.example' })).rejects.toThrow(closed);
		await expect(site.ask('/', { host: 'other.example' })).rejects.toThrow('unrecognized name');
		await expect(site.ask('/', { headers: { host: 'other.example' } })).rejects.toThrow(closed);
	});

	test('HTTP/2 is supported, and HTTP/3 and HSTS are announced', async () => {
		const session = connectHttp2(`https://${SITE_HOST}`, { createConnection: () => openHttp2() });
		const stream = session.request({ ':path': '/public', ':authority': SITE_HOST });
		const headers = await new Promise<Record<string, unknown>>((resolve) => stream.once('response', resolve));
		session.destroy();
		expect(headers).toMatchObject({
			':status': 200,
			'strict-transport-security': 'max-age=31536000; includeSubDomains',
			'alt-svc': 'h3=":443"; ma=86400',
			server: 'nginx'
		});
	});

	test.each(['/metrics', '/readyz', '/metrics/', '//metrics', '/%6Detrics', '/readyz?x', '/metrics/__data.json'])(
		'%s is not for the outside',
		async (path) => {
			for (const host of [SITE_HOST, API_HOST]) {
				const { status, body } = await site.ask(path, { host });
				expect(status).toBe(404);
				expect(body).toContain('There is nothing at this address');
			}
		}
	);

	test("every response has each security header once: pages, files, data, and nginx's own responses", async () => {
		const files = [
			'/service-worker.js',
			'/manifest.webmanifest',
			'/icon.svg',
			'/icons/any-192.png',
			'/_app/version.json'
		];
		const ofSite = ['/public', '/login', '/nobody', '/healthz', '/metrics', '//', ...files];
		const paths = [
			...ofSite.map((path) => [path, SITE_HOST] as const),
			...['/msgs', '/nothing', '/docs', '/metrics'].map((path) => [path, API_HOST] as const)
		];
		for (const [path, host] of paths) {
			const { rawHeaders, headers } = await site.ask(path, { host });
			const all = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
			// A list may be split over several headers: the web app and nginx each send one.
			const names = all.filter((name) => name !== 'vary');
			expect(names, path).toEqual([...new Set(names)]);
			expect(headers, path).toMatchObject({
				'strict-transport-security': 'max-age=31536000; includeSubDomains',
				'x-content-type-options': 'nosniff',
				'cross-origin-resource-policy': 'same-origin',
				'referrer-policy': expect.any(String),
				'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
				'x-request-id': expect.stringMatching(/^[\da-f]{32}$/)
			});
		}
	});

	test('immutable files are cacheable, and everything is compressed', async () => {
		const page = await site.ask('/public', { headers: { 'accept-encoding': 'gzip' } });
		expect(page.headers['content-encoding']).toBe('gzip');
		const best = await site.ask('/public', { headers: { 'accept-encoding': 'br, gzip' } });
		expect(best.headers['content-encoding']).toBe('br');
		const known = { 'accept-encoding': 'br, gzip', 'if-none-match': best.headers.etag ?? '' };
		const unchanged = await site.ask('/public', { headers: known });
		expect([unchanged.status, unchanged.body]).toEqual([304, '']);
		expect(unchanged.headers['content-security-policy']).toBe(best.headers['content-security-policy']);
		const path = /\/_app\/immutable\/entry\/start\.[\w-]+\.js/.exec((await site.ask('/public')).body)?.[0] ?? '';
		const { status, headers } = await site.ask(path, { headers: { 'accept-encoding': 'br, gzip' } });
		expect(status).toBe(200);
		expect(headers['cache-control']).toBe('public,max-age=31536000,immutable');
		expect(headers['content-encoding']).toBe('br');
	});
});

describe('the access log', () => {
	test('a forged address and a forged id are ignored; proxy and application log a request under the same id', async () => {
		const headers = { 'x-forwarded-for': '203.0.113.7', 'x-request-id': 'mine', cookie: 'session=verysecret' };
		for (const host of [SITE_HOST, API_HOST]) {
			const answer = await site.ask('/latest?password=verysecret', { host, headers, from: '127.0.0.9' });
			const id = answer.headers['x-request-id'];
			expect(id).toMatch(/^[0-9a-f]{32}$/);
			const findLine = () => site.nginx.accessLog().find(({ http }) => (http as Line['http']).request.id === id);
			// Both write their lines after the response is sent.
			await waitUntil(() => site.lineOf(id) !== undefined && findLine() !== undefined, 'both have written their line');
			expect(site.lineOf(id)).toMatchObject({ client: { ip: '127.0.0.9' } });
			expect(site.lineOf(id)).toHaveProperty(['http', 'request', 'headers', 'x-forwarded-for'], '127.0.0.9');
			const line = findLine();
			expect(line).toEqual({
				'@timestamp': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$/),
				'log.level': 'info',
				'ecs.version': '8.10.0',
				'service.name': 'minitwit-proxy',
				'event.dataset': 'minitwit-proxy',
				event: { duration: expect.any(Number) },
				client: { ip: '127.0.0.9' },
				http: {
					version: '1.1',
					request: { id, method: 'GET', bytes: expect.any(Number), headers: { 'user-agent': '' } },
					response: { status_code: answer.status, bytes: expect.any(Number) }
				},
				url: { scheme: 'https', domain: host, path: '/latest' },
				message: `GET /latest ${answer.status}`
			});
			expect(Math.abs(Date.now() - Date.parse(line?.['@timestamp'] as string))).toBeLessThan(60_000);
		}
		// The address of a link to a new password is a secret too.
		const link = await site.ask('/reset/verysecret');
		const { 'x-request-id': id } = link.headers;
		const findLink = () => site.nginx.accessLog().find(({ http }) => (http as Line['http']).request.id === id);
		await waitUntil(() => findLink() !== undefined, 'nginx has written the line of the link');
		expect(findLink()).toMatchObject({ url: { path: '/reset/[redacted]' }, message: 'GET /reset/[redacted] 410' });
		const lines = site.nginx.accessLog();
		expect(JSON.stringify(lines)).not.toContain('verysecret');
		expect(lines.flatMap(findFaults)).toEqual([]);
	});
});

test('events are not buffered', async () => {
	const told = new EventStream('/events?timeline=public&after=0');
	await told.says('retry: 3000');
	for (const content of ['one', 'two']) {
		expect((await site.simulate('/msgs/alice', { content })).status).toBe(204);
		await told.says(content === 'one' ? 'data: [1]' : 'data: [2]');
	}
	told.close();
});

/** A connection that offers only HTTP/2. */
function openHttp2() {
	const { engine, nginx } = site;
	const trust = { servername: SITE_HOST, ca: nginx.certificate };
	return connectTls({ host: '127.0.0.1', port: engine.tlsPort, ALPNProtocols: ['h2'], ...trust });
}

/** An event stream. */
class EventStream {
	#told = '';
	#socket = site.openSocket();

	constructor(path: string) {
		this.#socket.on('data', (part) => (this.#told += part)).on('error', () => {});
		this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: ${SITE_HOST}\r\n\r\n`);
	}

	says(text: string): Promise<void> {
		return waitUntil(() => this.#told.includes(text), `the stream contains ${text}`);
	}

	close(): void {
		this.#socket.destroy();
	}
}
