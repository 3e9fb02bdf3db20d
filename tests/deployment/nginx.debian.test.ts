import { readFileSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { findFaults } from '../log-mapping.ts';
import { API_HOST, SITE_HOST, waitUntil } from './nginx.ts';
import type { Replica } from './replicas.ts';
import { type Site, startSite } from './site.ts';

let site: Site;
let browser: Record<string, string>;

beforeAll(async () => {
	site = await startSite(inject('serverUrl'));
	browser = await site.signUp('alice');
});

afterAll(() => site.stop());

type Line = { http: { request: { id: string } } } & Record<string, unknown>;

/** The lines of an application's log that tell of requests. */
function requestsOf({ logFile }: Replica): Line[] {
	const lines = readFileSync(logFile, 'utf8').trim().split('\n');
	return lines.filter((line) => line.includes('"status_code"')).map((line) => JSON.parse(line) as Line);
}

/** The one line of all applications about a request. */
function lineOf(id: unknown): Line | undefined {
	return [...site.web, ...site.api].flatMap(requestsOf).find((line) => line.http.request.id === id);
}

/** A connection on which a client writes what it likes. */
function openSocket(servername = SITE_HOST) {
	return connectTls({ host: '127.0.0.1', port: site.engine.tlsPort, servername, ca: site.nginx.certificate });
}

/** What a client is told that writes something and then, every half a second, a bit more, until it is cut off. */
function dribble(start: string, bit: string, isStalling = false): Promise<string> {
	return new Promise((resolve) => {
		const socket = openSocket();
		let told = '';
		socket.write(start);
		const timer = isStalling ? undefined : setInterval(() => socket.write(bit), 500);
		socket.on('data', (part) => (told += part)).on('error', () => {});
		socket.on('close', () => {
			clearInterval(timer);
			resolve(told);
		});
	});
}

describe('the doors', () => {
	test('all replicas get their share', async () => {
		for (let number = 0; number < 10; number++) {
			expect((await site.ask('/public')).status).toBe(200);
			expect((await site.simulate('/msgs')).status).toBe(200);
		}
		for (const replica of [...site.web, ...site.api]) expect(requestsOf(replica).length).toBeGreaterThan(2);
	});

	test('plain HTTP leads to TLS, but for what the issuer of certificates asks', async () => {
		for (const host of [SITE_HOST, API_HOST]) {
			const { status, headers } = await site.askPlainly('/alice?page=2', { host, method: 'POST' });
			expect(status).toBe(308);
			expect(headers.location).toBe(`https://${host}/alice?page=2`);
			expect(headers).not.toHaveProperty('strict-transport-security');
		}
		writeFileSync(join(site.nginx.acmeFolder, 'token'), 'proof');
		expect((await site.askPlainly('/.well-known/acme-challenge/token')).body).toBe('proof');
	});

	test('a host that is not ours is closed', async () => {
		const closed = /socket hang up|ECONNRESET/;
		await expect(site.askPlainly('/', { host: 'other.example' })).rejects.toThrow(closed);
		await expect(site.ask('/', { host: 'other.example' })).rejects.toThrow('unrecognized name');
		await expect(site.ask('/', { headers: { host: 'other.example' } })).rejects.toThrow(closed);
	});

	test('HTTP/2 is spoken, and HTTP/3 and the way by TLS are told of', async () => {
		const session = connectHttp2(`https://${SITE_HOST}`, { createConnection: () => openHttp2() });
		const stream = session.request({ ':path': '/public', ':authority': SITE_HOST });
		const headers = await new Promise<Record<string, unknown>>((resolve) => stream.once('response', resolve));
		session.destroy();
		expect(headers).toMatchObject({
			':status': 200,
			'strict-transport-security': 'max-age=31536000',
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

	test('headers of the applications come once', async () => {
		const { rawHeaders } = await site.ask('/public');
		const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
		expect(new Set(names).size).toBe(names.length);
		expect(names).toEqual(expect.arrayContaining(['x-frame-options', 'content-security-policy', 'x-request-id']));
	});

	test('what never changes may be kept, and everything is compressed', async () => {
		const page = await site.ask('/public', { headers: { 'accept-encoding': 'gzip' } });
		expect(page.headers['content-encoding']).toBe('gzip');
		const path = /\/_app\/immutable\/entry\/start\.[\w-]+\.js/.exec((await site.ask('/public')).body)?.[0] ?? '';
		const { status, headers } = await site.ask(path, { headers: { 'accept-encoding': 'br, gzip' } });
		expect(status).toBe(200);
		expect(headers['cache-control']).toBe('public,max-age=31536000,immutable');
		expect(headers['content-encoding']).toBe('br');
	});
});

describe('what is written down', () => {
	test('a forged address and a forged id get nowhere; proxy and application tell of a request under one id', async () => {
		const headers = { 'x-forwarded-for': '203.0.113.7', 'x-request-id': 'mine', cookie: 'session=verysecret' };
		for (const host of [SITE_HOST, API_HOST]) {
			const answer = await site.ask('/latest?password=verysecret', { host, headers, from: '127.0.0.9' });
			const id = answer.headers['x-request-id'];
			expect(id).toMatch(/^[0-9a-f]{32}$/);
			await waitUntil(() => lineOf(id) !== undefined, 'the application has written its line');
			expect(lineOf(id)).toMatchObject({ client: { ip: '127.0.0.9' } });
			expect(lineOf(id)).toHaveProperty(['http', 'request', 'headers', 'x-forwarded-for'], '127.0.0.9');
			const line = site.nginx.accessLog().find(({ http }) => (http as Line['http']).request.id === id);
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
		const lines = site.nginx.accessLog();
		expect(JSON.stringify(lines)).not.toContain('verysecret');
		expect(lines.flatMap(findFaults)).toEqual([]);
	});
});

describe('limits', () => {
	test('a body that is too large is refused before it reaches a replica', async () => {
		const body = 'x'.repeat(64 * 1024 + 1);
		const page = await site.ask('/add_message', { method: 'POST', headers: browser, body });
		expect(page.status).toBe(413);
		expect(page.body).toContain('<h1>This is more than MiniTwit takes</h1>');
		const entry = await site.ask('/outbox', { method: 'POST', headers: browser, body });
		expect(entry.status).toBe(413);
		expect(JSON.parse(entry.body)).toEqual({ error: 'This is more than MiniTwit takes' });
		const post = await site.simulate('/msgs/alice', { content: body });
		expect(post.status).toBe(413);
		expect(JSON.parse(post.body)).toEqual({ status: 413, error_msg: 'This is more than MiniTwit takes' });
		for (const { headers } of [page, entry, post]) expect(lineOf(headers['x-request-id'])).toBeUndefined();
	});

	test('headers that are too long are refused', async () => {
		expect((await site.ask('/public', { headers: { cookie: 'x'.repeat(9_000) } })).status).toBe(400);
	});

	test('a class that logs in at once gets through, and who goes on is told to wait', async () => {
		const from = '127.0.0.11';
		const attempts = Array.from({ length: 130 }, () => site.ask('/login', { method: 'POST', headers: browser, from }));
		const answers = await Promise.all(attempts);
		const refused = answers.filter(({ body }) => body.includes('a lot of requests from your network'));
		expect(answers.length - refused.length).toBeGreaterThan(100);
		expect(refused.length).toBeGreaterThan(0);
		for (const { status, headers } of refused) expect([status, headers['retry-after']]).toEqual([429, '1']);
		expect((await site.ask('/login', { from })).status).toBe(200);
	});

	test('a class that opens the timeline at once gets through', async () => {
		const from = '127.0.0.12';
		const answers = await Promise.all(Array.from({ length: 200 }, () => site.ask('/public', { from })));
		expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
	});

	test('slow clients are cut off, and no replica has heard of them', async () => {
		const head = `Host: ${SITE_HOST}\r\nContent-Length: 1000\r\n`;
		const told = await Promise.all([
			dribble('GET /slow-header HTTP/1.1\r\n', 'X'),
			dribble(`POST /slow-body HTTP/1.1\r\n${head}\r\n`, '', true),
			dribble('', '', true)
		]);
		expect(told.join('')).not.toContain('200 OK');
		const heard = site.web.flatMap(requestsOf).map((line) => JSON.stringify(line));
		expect(heard.filter((line) => line.includes('/slow-'))).toEqual([]);
	});
});

test('events come at once', async () => {
	const told = new EventStream('/events?timeline=public&after=0');
	await told.says('retry: 3000');
	for (const content of ['one', 'two']) {
		expect((await site.simulate('/msgs/alice', { content })).status).toBe(204);
		await told.says(content === 'one' ? 'data: [1]' : 'data: [2]');
	}
	told.close();
});

test('while all replicas are away, everybody is told so in the form that they read', async () => {
	await Promise.all([...site.web, ...site.api].map((replica) => replica.kill()));
	const sentence = 'MiniTwit is away for a moment';
	const page = await site.ask('/public');
	expect([page.status, page.headers['content-type']]).toEqual([502, 'text/html']);
	expect(page.body).toContain(`<h1>${sentence}</h1>`);
	const form = await site.ask('/add_message', { method: 'POST', headers: browser, body: 'text=x' });
	expect([form.status, form.headers['content-type']]).toEqual([502, 'text/html']);
	const forScripts = async (path: string, headers = {}) => {
		const { status, headers: answered, body } = await site.ask(path, { method: 'POST', headers, body: '{}' });
		expect([status, answered['content-type']]).toEqual([502, 'application/json']);
		return JSON.parse(body);
	};
	expect(await forScripts('/outbox')).toEqual({ error: sentence });
	expect(await forScripts('/public/__data.json?x')).toEqual({ message: sentence });
	expect(await forScripts('/login', { 'x-sveltekit-action': 'true' })).toEqual({
		type: 'error',
		error: { message: sentence }
	});
	const { status, body } = await site.simulate('/msgs');
	expect([status, JSON.parse(body)]).toEqual([502, { status: 502, error_msg: sentence }]);
});

/** A connection that offers HTTP/2 alone. */
function openHttp2() {
	const { engine, nginx } = site;
	const trust = { servername: SITE_HOST, ca: nginx.certificate };
	return connectTls({ host: '127.0.0.1', port: engine.tlsPort, ALPNProtocols: ['h2'], ...trust });
}

/** A stream of events as it comes. */
class EventStream {
	#told = '';
	#socket = openSocket();

	constructor(path: string) {
		this.#socket.on('data', (part) => (this.#told += part)).on('error', () => {});
		this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: ${SITE_HOST}\r\n\r\n`);
	}

	says(text: string): Promise<void> {
		return waitUntil(() => this.#told.includes(text), `the stream says ${text}`);
	}

	close(): void {
		this.#socket.destroy();
	}
}
