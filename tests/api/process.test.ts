import { connect } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createDemoData } from '#lib/server/demo/demo-data.ts';
import { createExpiredRows, findLeft } from '../expired-rows.ts';
import { useDatabase } from '../use-database.ts';
import { SIMULATOR } from './use-api.ts';
import { type ServerProcess, findPort, spawnServer, startServerProcess } from './server-process.ts';

const database = useDatabase();
const running: ServerProcess[] = [];

afterEach(async () => {
	for (const { child, ended } of running.splice(0)) {
		child.kill('SIGKILL');
		await ended;
	}
});

async function start(overrides: Record<string, string> = {}) {
	const server = await startServerProcess(database.config.DATABASE_URL, overrides);
	running.push(server);
	return server;
}

/** A registration; with an Expect header, the server says when it has received the headers. */
function registration(username: string, expectHeader = ''): string {
	const body = JSON.stringify({ username, email: 'a@example.org', pwd: 'x' });
	return (
		`POST /register?latest=7 HTTP/1.1\r\nHost: api\r\nConnection: close\r\nAuthorization: ${SIMULATOR}\r\n${expectHeader}` +
		`Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
	);
}

/** Sends bytes and resolves to all that comes back. `onData` is called when something does. */
async function exchange(port: number, bytes: string, onData = () => {}): Promise<string> {
	const socket = connect(port, '127.0.0.1');
	let answer = '';
	socket.setEncoding('utf8').on('data', (chunk) => (answer += chunk));
	socket.on('data', onData);
	socket.write(bytes);
	await once(socket, 'close');
	return answer;
}

/** Sends a registration. `received` resolves once the server has begun with it. */
function beginRegistration(port: number, username: string) {
	const { promise: received, resolve } = Promise.withResolvers<null>();
	return { received, answer: exchange(port, registration(username, 'Expect: 100-continue\r\n'), () => resolve(null)) };
}

describe('starting', () => {
	beforeAll(createDemoData);

	/** Runs a server that cannot start to its end. */
	async function failToStart(environment: Record<string, string>) {
		const failed = spawnServer(environment);
		return { code: await failed.ended, errors: failed.errors(), output: failed.output() };
	}

	test('without what it needs fails with one sentence that says what to do', async () => {
		const { DATABASE_URL } = database.config;
		const [free, { port: taken }] = [await findPort(), await start()];
		const API_PORT = String(free);
		const exposed = { DATABASE_URL, API_PORT, NODE_ENV: 'production' };
		const cases: [Record<string, string>, RegExp][] = [
			[{ LOG_LEVEL: 'loud' }, /^The configuration cannot be used: DATABASE_URL is missing; LOG_LEVEL must be .*\.\n$/],
			[
				{ DATABASE_URL, API_PORT: String(taken) },
				/^Port \d+ on 127\.0\.0\.1 is in use: choose another with API_PORT\n$/
			],
			[
				{ DATABASE_URL: `postgres://u:s3cret@127.0.0.1:${free}/x`, API_PORT },
				/^The database cannot be used \(ECONNREFUSED\).*\n$/
			],
			[{ DATABASE_URL: `${DATABASE_URL}_missing`, API_PORT }, /^The database cannot be used \(3D000\).*\n$/],
			[
				{ DATABASE_URL, API_PORT, HOST: '192.0.2.1', SIMULATOR_PASSWORD: 'twelve chars', ACCEPT_DEMO_ACCOUNTS: 'yes' },
				/^The server cannot listen on 192\.0\.2\.1:\d+ \(EADDRNOTAVAIL\)\n$/
			],
			[exposed, /^SIMULATOR_PASSWORD is .* ACCEPT_PUBLISHED_SIMULATOR=yes\n$/],
			[
				{ ...exposed, SIMULATOR_PASSWORD: 'twelve chars' },
				/^The database has the demo accounts.* ACCEPT_DEMO_ACCOUNTS=yes\n$/
			]
		];
		const failures = await Promise.all(cases.map(([environment]) => failToStart(environment)));
		for (const [index, { code, errors, output }] of failures.entries()) {
			expect(errors).toMatch(cases[index]?.[1] ?? /never/);
			expect(code).toBe(1);
			expect(errors + output).not.toContain('s3cret');
		}
	});

	test('in production accepts published passwords if the configuration says so', async () => {
		await start({ NODE_ENV: 'production', ACCEPT_PUBLISHED_SIMULATOR: 'yes', ACCEPT_DEMO_ACCOUNTS: 'yes' });
	});
});

test('what has run out in the database is removed', async () => {
	await createExpiredRows(10);
	expect(await findLeft()).toEqual(['current', 'expired']);
	await start();
	await expect.poll(findLeft).toEqual(['current']);
});

describe('stopping', () => {
	test.each(['SIGTERM', 'SIGINT'] as const)('by %s answers the requests in flight first', async (signal) => {
		const server = await start({ FINISH_SECONDS: '50' });
		// Each waits for a hash of its own, in line: the last are far from done when the signal comes.
		const begun = Array.from({ length: 12 }, (_, index) => beginRegistration(server.port, `${signal} ${index}`));
		// A proxy or Prometheus keeps its connection.
		const idle = connect(server.port, '127.0.0.1');
		idle.write('GET /healthz HTTP/1.1\r\nHost: api\r\n\r\n');
		await once(idle, 'data');
		await Promise.all(begun.map(({ received }) => received));
		let isIdleClosed = false;
		idle.once('close', () => (isIdleClosed = true));
		server.child.kill(signal);
		for (const { answer } of begun) expect(await answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 204 /);
		// So that it does not hold up the end.
		expect(isIdleClosed).toBe(true);
		expect(await server.ended).toBe(0);
		expect(server.output().match(/POST \/register 204/g)).toHaveLength(12);
	});
});

describe('on a real connection', () => {
	let server: ServerProcess;
	beforeAll(async () => {
		server = await startServerProcess(database.config.DATABASE_URL);
		return async () => {
			server.child.kill('SIGKILL');
			await server.ended;
		};
	});

	test('bytes that are not HTTP get an answer and the rest goes on', async () => {
		const { port, output } = server;
		expect(await exchange(port, 'NOT HTTP pwd=s3cret\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [^]*"status":400/);
		const long = `GET /msgs/${'x'.repeat(40_000)} HTTP/1.1\r\n\r\n`;
		expect(await exchange(port, long)).toMatch(/^HTTP\/1\.1 431 [^]*"status":431/);
		expect(await exchange(port, registration('after all'))).toMatch(/^HTTP\/1\.1 204 [^]*connection: close/i);
		expect(output()).not.toContain('s3cret');
	});

	test('a body over the limit is refused, announced or not', async () => {
		const { port } = server;
		// Small enough for the connection to hold: a client that still writes may miss an answer that comes early.
		const tooMuch = 'x'.repeat(70_000);
		for (const body of [tooMuch, new Blob([tooMuch]).stream()]) {
			const reply = await fetch(`http://127.0.0.1:${port}/register`, {
				method: 'POST',
				headers: { 'content-type': 'application/json' },
				body,
				duplex: 'half'
			} as RequestInit);
			expect([reply.status, await reply.json()]).toEqual([413, expect.objectContaining({ status: 413 })]);
		}
	});

	test('a client that leaves takes nothing with it but its line', async () => {
		const { port, output, child } = await start();
		const halfway = connect(port, '127.0.0.1');
		halfway.write(registration('halfway').slice(0, -10));
		const impatient = connect(port, '127.0.0.1');
		impatient.write(registration('impatient'));
		await exchange(port, registration('patient'));
		const bothLines = new Promise<void>((resolve) => {
			child.stdout?.on('data', () => output().match(/POST \/register \d+/g)?.length === 3 && resolve());
		});
		halfway.destroy();
		impatient.destroy();
		await bothLines;
		expect(await exchange(port, 'GET /latest HTTP/1.0\r\n\r\n')).toContain('{"latest":7}');
	});
});
