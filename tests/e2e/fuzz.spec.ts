import { mkdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import pLimit from 'p-limit';
import { SESSION_COOKIE, createSession } from '#lib/server/accounts/sessions.ts';
import { findFreePort } from '../../bin/ports.ts';
import { API_COMMAND, startServer, waitUntilHealthy } from '../../bin/servers.ts';
import { PASSWORD, createPerson } from '../factories.ts';
import { expect, test } from './fixtures.ts';

/* Requests of every kind, including malformed ones. The seed is fixed, so that failures can be reproduced. */

const SEED = 20_261_126;
const REQUESTS_PER_SERVER = 1_000;
const CONCURRENCY = 8;
const MAX_MS = 1_000;
const NAME = 'fuzz-person';

const oneOf = (...values: string[]) => fc.constantFrom(...values);
const anyText = fc.string({ unit: 'binary', maxLength: 40 });
const huge = fc.integer({ min: 1_000, max: 60_000 }).map((length) => 'ab&='.repeat(length / 4));
const method = fc.oneof(
	{ weight: 6, arbitrary: oneOf('GET', 'POST') },
	{ weight: 2, arbitrary: oneOf('HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS') },
	{ weight: 1, arbitrary: oneOf('TRACE', 'PROPFIND', 'M-SEARCH', 'CONNECT', 'INVENTED', 'get') }
);
const segment = fc.oneof(
	oneOf('', 'public', 'login', 'register', 'logout', 'add_message', 'outbox', 'events', 'offline', 'u', NAME, 'follow'),
	oneOf('msgs', 'fllws', 'latest', 'docs', 'static', 'json', 'openapi.json', 'healthz', 'metrics', '_app', 'immutable'),
	oneOf('__data.json', '__route.js', '..', '%2e%2e', '.', '%', '%00', '%ff', '%2f', '%5c', '%0d%0a', '__proto__', '*'),
	oneOf('service-worker.js', 'icon.svg', 'icon.svg.gz', 'index.html', 'constructor', 'toString', '[username]', 'a;b=c'),
	anyText.map((text) => encodeURIComponent(text.toWellFormed())),
	fc.integer({ min: 100, max: 12_000 }).map((length) => 'a'.repeat(length))
);
const parameter = fc.tuple(
	fc.oneof(
		oneOf('before', 'after', 'no', 'latest', 'timeline', 'name', 'next', 'to', 'text', '/default', '/x', '__proto__'),
		oneOf('x-sveltekit-invalidated', 'x-sveltekit-trailing-slash', 'password', 'invite'),
		anyText.map((text) => encodeURIComponent(text.toWellFormed()))
	),
	fc.oneof(
		oneOf('', '0', '-1', '1e99', 'x', 'public', 'home', '%', '%ff', '//evil.example'),
		// Every other unit of UTF-16 is half a character.
		oneOf(`${'😀'.repeat(500)}`, `a${'😀'.repeat(500)}`).map(encodeURIComponent),
		fc.integer().map(String)
	)
);
const target = fc
	.tuple(
		oneOf('/', '//', '/', '/', 'http://localhost/', 'http://evil.example/', '*', ''),
		fc.array(segment, { maxLength: 4 }),
		fc.array(parameter, { maxLength: 4 })
	)
	.map(([start, segments, query]) => {
		const search = query.map(([name, value]) => `${name}=${value}`).join('&');
		return start + segments.join('/') + (search && `?${search}`);
	});
const field = fc.oneof(
	oneOf('text', 'username', 'email', 'password', 'password2', 'pwd', 'content', 'follow', 'owner'),
	oneOf('__proto__', 'id', 'next'),
	anyText
);
const value = fc.oneof(oneOf('', NAME, PASSWORD, 'a@example.org', '\u0000', '\u202e'), anyText);
const body = fc.oneof(
	fc.constant(''),
	fc
		.array(fc.tuple(field, value), { maxLength: 8 })
		.map((pairs) =>
			new URLSearchParams(pairs.map(([name, text]) => [name.toWellFormed(), text.toWellFormed()])).toString()
		),
	fc.dictionary(field, value).map((fields) => JSON.stringify(fields)),
	fc.json(),
	huge.map((text) => `text=${text}`),
	fc.integer({ min: 1, max: 30_000 }).map((depth) => '['.repeat(depth)),
	fc
		.array(fc.tuple(field, value), { maxLength: 4 })
		.map(
			(parts) =>
				`${parts.map(([name, text]) => `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`).join('')}--x--\r\n`
		),
	fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1'))
);
const type = oneOf(
	'application/x-www-form-urlencoded',
	'application/json',
	'application/json; charset=x',
	'multipart/form-data; boundary=x',
	'multipart/form-data',
	'text/plain',
	'a/b',
	'',
	';;',
	'application/x-www-form-urlencoded; charset=utf-16'
);
const header = fc.oneof(
	fc.tuple(
		oneOf('accept'),
		oneOf('text/html', 'application/json', '*/*', 'text/event-stream', ';q=x', 'a/b;q=0.5,'.repeat(500))
	),
	fc.tuple(
		oneOf('cookie'),
		fc.oneof(oneOf(`${SESSION_COOKIE}=x`, 'flash=%E0%A4%A', '=;=;', 'written=-1', 'a=b; '.repeat(1_500)), anyText)
	),
	fc.tuple(
		oneOf('authorization'),
		oneOf('Basic', 'Basic !!!!', `Basic ${btoa('a:b')}`, `Basic ${btoa('simulator:super_safe!')}`, 'Bearer x')
	),
	fc.tuple(oneOf('range'), oneOf('bytes=5-3', 'bytes=-1', 'bytes=0-', 'x')),
	fc.tuple(
		oneOf(
			'x-sveltekit-action',
			'x-forwarded-proto',
			'x-forwarded-for',
			'if-none-match',
			'x-request-id',
			'expect',
			'te',
			'upgrade',
			'content-encoding',
			'accept-encoding',
			'host'
		),
		fc.oneof(oneOf('true', '100-continue', 'gzip', 'https', '1.2.3.4, ::1', 'localhost'), anyText)
	)
);

interface Fuzzed {
	method: string;
	target: string;
	type: string;
	headers: [string, string][];
	body: string;
	isOwn: boolean;
	isChunked: boolean;
}

const fuzzed: fc.Arbitrary<Fuzzed> = fc.record({
	method,
	target,
	type,
	headers: fc.array(header, { maxLength: 4 }),
	body,
	isOwn: fc.boolean(),
	isChunked: fc.boolean()
});

/** Returns the bytes of a request. `own` are the headers of a request from the app's pages or a known client. */
function bytesOf(request: Fuzzed, own: string[]): Buffer {
	const body = Buffer.from(request.body);
	const framed = request.isChunked && body.length > 0;
	const lines = [
		`${request.method} ${request.target} HTTP/1.1`,
		'Host: localhost',
		'Connection: close',
		...(request.isOwn ? own : []),
		...(request.type ? [`Content-Type: ${request.type}`] : []),
		framed ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`,
		...request.headers.map(([name, value]) => `${name}: ${value}`)
	];
	const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
	if (!framed) return Buffer.concat([head, body]);
	return Buffer.concat([head, Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')]);
}

/** Resolves to the status of the response, null if the connection closed without one, and the duration. */
function send(port: number, bytes: Buffer): Promise<{ status: number | null; ms: number }> {
	return new Promise((resolve) => {
		const started = performance.now();
		const socket = connect(port, '127.0.0.1');
		const finish = (status: number | null) => {
			resolve({ status, ms: performance.now() - started });
			socket.destroy();
		};
		let answer = '';
		socket.on('data', (part) => {
			answer += part.toString('latin1');
			const status = /^HTTP\/1\.1 (?!100)(\d{3}) /.exec(answer.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, ''))?.[1];
			if (status) finish(Number(status));
		});
		socket.on('error', () => finish(null));
		socket.on('close', () => finish(null));
		socket.write(bytes);
	});
}

/** Repeats a request alone, since the machine may have slowed down its first response. */
async function isSlow(port: number, bytes: Buffer): Promise<boolean> {
	for (let attempt = 0; attempt < 3; attempt++) if ((await send(port, bytes)).ms < MAX_MS) return false;
	return true;
}

async function fuzz(port: number, own: string[], seed: number): Promise<void> {
	const limit = pLimit(CONCURRENCY);
	const requests = fc.sample(fuzzed, { seed, numRuns: REQUESTS_PER_SERVER }).map((request) => bytesOf(request, own));
	const answers = await Promise.all(requests.map((bytes) => limit(() => send(port, bytes))));
	const show = (index: number) => requests[index]?.toString('latin1').slice(0, 600);
	const failed = answers.flatMap(({ status }, index) =>
		status === null || status >= 500 ? [`${status} ${show(index)}`] : []
	);
	expect(failed).toEqual([]);
	const statuses = new Set(answers.map(({ status }) => status));
	expect([200, 400, 404].every((status) => statuses.has(status))).toBe(true);
	for (const [index, { ms }] of answers.entries()) {
		const bytes = requests[index];
		if (ms > MAX_MS && bytes) expect(await isSlow(port, bytes), show(index)).toBe(false);
	}
}

function errorsIn(logFile: string): string[] {
	return readFileSync(logFile, 'utf8')
		.split('\n')
		.filter((line) => /"log.level":"(error|fatal)"/.test(line));
}

test('no request makes the web app fail or hang', async ({ webServer }) => {
	test.setTimeout(120_000);
	const { id } = await createPerson({ name: NAME });
	const cookie = `Cookie: ${SESSION_COOKIE}=${await createSession(id)}`;
	const port = Number(new URL(webServer.origin).port);
	await fuzz(port, [cookie, `Origin: http://localhost`], SEED);
	expect((await fetch(`${webServer.origin}/healthz`)).status).toBe(200);
	expect(errorsIn(webServer.logFile)).toEqual([]);
});

test('no request makes the API fail or hang', async ({ webServer }, { outputDir }) => {
	test.setTimeout(120_000);
	mkdirSync(outputDir, { recursive: true });
	const port = await findFreePort();
	const logFile = join(outputDir, 'api.log');
	const env = { PATH: process.env.PATH, DATABASE_URL: webServer.databaseUrl, API_PORT: String(port) };
	const server = startServer('API', API_COMMAND, env, logFile);
	try {
		expect(await waitUntilHealthy(server, `http://127.0.0.1:${port}`)).toBeNull();
		await fuzz(port, [`Authorization: Basic ${btoa('simulator:super_safe!')}`], SEED + 1);
		expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
		expect(errorsIn(logFile)).toEqual([]);
	} finally {
		await server.stop();
	}
});
