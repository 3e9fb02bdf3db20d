import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { Writable } from 'node:stream';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { createLogger } from '#lib/server/observability/log.ts';
import { CONNECTION_LIMITS } from '#lib/server/listening/malformed-http.ts';
import { readMetrics } from '#lib/server/observability/metrics.ts';
import { buildApp } from '../../api-server/app.ts';
import { createWebServer } from '../../web-server/server.ts';
import { useDatabase } from '../use-database.ts';

const database = useDatabase();
/** Short timeouts, except for idle keep-alive connections. */
const limits = {
	...CONNECTION_LIMITS,
	headersTimeout: 200,
	requestTimeout: 400,
	connectionsCheckingInterval: 20,
	keepAliveTimeout: 60_000
};
const running: Server[] = [];

afterAll(async () => {
	for (const server of running) {
		if (!server.listening) continue;
		server.closeAllConnections();
		await new Promise((closed) => server.close(closed));
	}
});

/** The application behind the web server. It answers once it has read the body, except on special paths. */
function application(request: IncomingMessage, response: ServerResponse): void {
	if (request.observed) request.observed.route = '/stub';
	if (request.url === '/broken') throw new Error('broken on purpose');
	if (request.url === '/never') return;
	if (request.url === '/half') return void response.writeHead(200, { 'content-length': '8' }).write('half');
	request.on('data', () => undefined).once('end', () => response.end('ok'));
}

interface Line {
	message: string;
	http: { request?: { id: string; body?: { content: string } }; response: { status_code: number } };
}

/** Starts a server on a free port. Resolves to the server and its log lines. */
async function start(kind: 'web' | 'api', overrides: Record<string, string> = {}) {
	let output = '';
	const write = (chunk: unknown, _encoding: unknown, done: () => void) => {
		output += chunk;
		done();
	};
	const logger = createLogger('test', 'info', new Writable({ write }));
	const config = { ...database.config, ...overrides };
	const server = kind === 'web' ? createWebServer(config, logger, application, limits) : await startApi(config, logger);
	if (kind === 'web') server.listen(0, '127.0.0.1');
	if (!server.listening) await once(server, 'listening');
	running.push(server);
	const { port } = server.address() as AddressInfo;
	const lines = () =>
		output
			.split('\n')
			.slice(0, -1)
			.map((line) => JSON.parse(line) as Line);
	return { server, port, lines, linesOf: (id: string) => lines().filter((line) => line.http.request?.id === id) };
}

async function startApi(config: typeof database.config, logger: ReturnType<typeof createLogger>): Promise<Server> {
	const app = await buildApp(config, logger, limits);
	await app.listen({ host: '127.0.0.1', port: 0 });
	return app.server;
}

/** Sends bytes. Resolves to everything received before the connection closes. */
async function exchange(port: number, bytes: string, afterwards: (socket: Socket) => void = () => {}): Promise<string> {
	const socket = connect(port, '127.0.0.1');
	let answer = '';
	socket.setEncoding('utf8').on('data', (chunk) => (answer += chunk));
	socket.on('error', () => undefined);
	socket.write(bytes);
	afterwards(socket);
	await new Promise((closed) => socket.once('close', closed));
	return answer;
}

/** Sends one byte after another without end, like a slow client attack. */
function trickle(socket: Socket): void {
	const timer = setInterval(() => socket.write('x'), 10);
	socket.once('close', () => clearInterval(timer));
}

const get = (target: string, ...headers: string[]) =>
	[`GET ${target} HTTP/1.1`, 'Connection: close', ...headers, '', ''].join('\r\n');

const PATIENCE = { timeout: 15_000, interval: 20 };

describe.each(['web', 'api'] as const)('%s', (kind) => {
	const origin = kind === 'web' ? 'ORIGIN' : 'API_ORIGIN';

	test('a request whose headers or body trickle in times out with 408', async () => {
		const { port, lines } = await start(kind);
		const head = `POST /register HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;
		const answers = await Promise.all([
			...Array.from({ length: 50 }, () => exchange(port, `${head}X-More: `, trickle)),
			...Array.from({ length: 50 }, () => exchange(port, `${head}Content-Length: 60000\r\n\r\n{`, trickle)),
			exchange(port, '')
		]);
		for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
		await vi.waitFor(() => expect(lines()).toHaveLength(101), PATIENCE);
		expect(lines().every(({ http }) => http.response.status_code === 408)).toBe(true);
	});

	test('malformed requests and CONNECT are answered, logged and counted', async () => {
		const { port, lines } = await start(kind);
		for (const [bytes, status] of [
			['NOT HTTP\r\n\r\n', 400],
			[get('/healthz', `X-Long: ${'x'.repeat(20_000)}`), 431],
			['CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n', 405]
		] as const) {
			const answer = await exchange(port, bytes);
			expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
			expect(answer).toMatch(/\r\nx-content-type-options: nosniff\r\n/i);
			const id = /\r\nx-request-id: (\S+)\r\n/i.exec(answer)?.[1];
			expect(lines().at(-1)).toMatchObject({ http: { request: { id }, response: { status_code: status } } });
		}
		expect(await readMetrics()).toMatch(/count\{route="malformed",method="OTHER",status="431"\} [1-9]/);
	});

	test('serves only its own host', async () => {
		const { port, linesOf } = await start(kind, { [origin]: 'https://minitwit.example' });
		const statusOf = async (request: string) => Number((await exchange(port, request)).split(' ')[1]);
		const path = kind === 'web' ? '/public' : '/latest';
		expect(await statusOf(get(path, 'Host: minitwit.example'))).toBe(200);
		expect(await statusOf(get(path, 'Host: evil.example', 'X-Request-Id: foreign'))).toBe(421);
		expect(linesOf('foreign')).toHaveLength(1);
		expect(await statusOf(get(path, `Host: 127.0.0.1:${port}`))).toBe(421);
		expect(await statusOf(get('/healthz', `Host: 127.0.0.1:${port}`))).toBe(200);
		expect(await statusOf(get(path))).toBe(400);
		// RFC 9112, section 3.2.2: the target takes precedence over the header.
		expect(await statusOf(get(`http://minitwit.example${path}`, 'Host: evil.example'))).toBe(200);
		expect(await statusOf(get(`http://evil.example${path}`, 'Host: minitwit.example'))).toBe(421);
	});

	test('ignores an unknown expectation', async () => {
		const { port } = await start(kind);
		expect(await exchange(port, get('/healthz', 'Host: localhost', 'Expect: a-miracle'))).toMatch(/^HTTP\/1\.1 200 /);
	});

	test('unknown methods share one time series', async () => {
		const { port } = await start(kind);
		for (const method of ['PROPFIND', 'M-SEARCH', 'TRACE', 'LINK', 'PURGE'])
			await exchange(port, get('/healthz', 'Host: localhost').replace('GET', method));
		const methods = (await readMetrics()).matchAll(/http_request_duration_seconds_count\{.*method="([^"]+)"/g);
		const known = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'OTHER'];
		expect(known).toEqual(expect.arrayContaining([...methods].map(([, method]) => method)));
	});

	test('logs 499 for a client that disconnects before the response', async () => {
		const { port, linesOf } = await start(kind);
		const body = kind === 'web' ? '' : 'Content-Type: application/json\r\nContent-Length: 9\r\n';
		const path = kind === 'web' ? '/never' : '/register';
		const method = kind === 'web' ? 'GET' : 'POST';
		const socket = connect(port, '127.0.0.1');
		socket.write(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: left\r\n${body}\r\n`);
		await exchange(port, get('/healthz', 'Host: localhost'));
		socket.destroy();
		await vi.waitFor(
			() => expect(linesOf('left')).toMatchObject([{ http: { response: { status_code: 499 } } }]),
			PATIENCE
		);
	});
});

describe('the web server', () => {
	test('logs the status of a response that has started, even if the client disconnects', async () => {
		const { port, linesOf } = await start('web');
		const socket = connect(port, '127.0.0.1');
		socket.write(get('/half', 'Host: localhost', 'X-Request-Id: half'));
		await once(socket, 'data');
		socket.destroy();
		await vi.waitFor(
			() => expect(linesOf('half')).toMatchObject([{ http: { response: { status_code: 200 } } }]),
			PATIENCE
		);
	});

	test('answers 500 if the application throws, and keeps running', async () => {
		const { port, linesOf } = await start('web');
		const answer = await exchange(port, get('/broken', 'Host: localhost', 'X-Request-Id: broken'));
		expect(answer).toMatch(/^HTTP\/1\.1 500 [^]*Quote this number: broken\n$/);
		expect(answer).not.toContain('on purpose');
		expect(linesOf('broken')).toMatchObject([{ 'log.level': 'error', error: { message: 'broken on purpose' } }]);
		expect(await exchange(port, get('/', 'Host: localhost'))).toMatch(/^HTTP\/1\.1 200 /);
	});

	test('on shutdown waits for requests in flight but not for further ones on their connections', async () => {
		const { server, port } = await start('web');
		const socket = connect(port, '127.0.0.1').setEncoding('utf8');
		socket.write('GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n');
		const [, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
		const closed = once(server, 'close');
		server.close();
		response.end('after all');
		expect((await once(socket, 'data'))[0]).toContain('after all');
		await closed;
	});

	test('logs a body that the application has read', async () => {
		const { port, linesOf } = await start('web');
		const bytes = get(
			'/',
			'Host: localhost',
			'X-Request-Id: read',
			'Content-Type: application/json',
			'Content-Length: 9'
		);
		await exchange(port, `${bytes.replace('GET', 'POST')}{"pwd":1}`);
		await vi.waitFor(
			() => expect(linesOf('read')[0]?.http.request?.body?.content).toBe('{"pwd":"[redacted number]"}'),
			PATIENCE
		);
	});
});

test('a path that leads out of the documentation is a client error', async () => {
	const { port } = await start('api');
	for (const path of ['%2e%2e/x', '..%2f..%2fpackage.json', '%2e%2e%2f%2e%2e%2fetc/passwd', '%5c..%5cx'])
		expect(await exchange(port, get(`/docs/static/${path}`, 'Host: localhost'))).toMatch(/^HTTP\/1\.1 40[034] /);
});

test.each(['web', 'api'] as const)(
	'%s: does not serve a request whose client disconnected before it was read',
	async (kind) => {
		const { server, port } = await start(kind);
		// The address is undefined if a connection is reset before it is accepted.
		server.prependListener('connection', (socket: Socket) =>
			Object.defineProperty(socket, 'remoteAddress', { value: undefined })
		);
		expect(await exchange(port, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')).toBe('');
	}
);
