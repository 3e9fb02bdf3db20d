import { connect } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { SQL, execute } from '#lib/server/database/database.ts';
import { DEMO_PASSWORD, DEMO_PERSON, createDemoData } from '#lib/server/demo/demo-data.ts';
import { createExpiredRows, findLeft } from '../expired-rows.ts';
import { createPerson } from '../factories.ts';
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

function registration(username: string): string {
	const body = JSON.stringify({ username, email: 'a@example.org', pwd: 'x' });
	return (
		`POST /register?latest=7 HTTP/1.1\r\nHost: api\r\nConnection: close\r\nAuthorization: ${SIMULATOR}\r\n` +
		`Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
	);
}

/** Sends bytes and resolves to all that comes back. */
async function exchange(port: number, bytes: string): Promise<string> {
	const socket = connect(port, '127.0.0.1');
	let answer = '';
	socket.setEncoding('utf8').on('data', (chunk) => (answer += chunk));
	socket.write(bytes);
	await once(socket, 'close');
	return answer;
}

describe('starting', () => {
	test.each<[string, Record<string, string>]>([
		['in production', { NODE_ENV: 'production' }],
		['on another address than loopback', { HOST: '0.0.0.0' }]
	])('%s with a published or short password ends with a sentence that says what to do', async (_case, exposed) => {
		const environment = { DATABASE_URL: database.config.DATABASE_URL, API_PORT: String(await findPort()), ...exposed };
		for (const SIMULATOR_PASSWORD of ['', 'eleven char']) {
			const refused = spawnServer({ ...environment, SIMULATOR_PASSWORD });
			expect(await refused.ended).toBe(1);
			expect(refused.errors()).toMatch(/^SIMULATOR_PASSWORD is .* ACCEPT_PUBLISHED_SIMULATOR=yes\n$/);
		}
	});

	test('in production works with a password of its own, or when it is told to accept the published one', async () => {
		await start({ NODE_ENV: 'production', SIMULATOR_PASSWORD: 'twelve chars' });
		await start({ NODE_ENV: 'production', ACCEPT_PUBLISHED_SIMULATOR: 'yes' });
	});

	test('in production with the demo accounts ends with a sentence, until they have passwords of their own', async () => {
		const environment = { NODE_ENV: 'production', SIMULATOR_PASSWORD: 'twelve chars' };
		await createDemoData();
		const { DATABASE_URL } = database.config;
		const refused = spawnServer({ DATABASE_URL, API_PORT: String(await findPort()), ...environment });
		expect(await refused.ended).toBe(1);
		expect(refused.errors()).toMatch(/^The database has the demo accounts.* ACCEPT_DEMO_ACCOUNTS=yes\n$/);
		await start({ ...environment, ACCEPT_DEMO_ACCOUNTS: 'yes' });
		// Registered under the same names with the same password: each has a salt of its own.
		await execute(SQL`DELETE FROM users`);
		for (const name of [DEMO_PERSON, 'Bo']) await createPerson({ name, password: DEMO_PASSWORD });
		await start(environment);
	});

	test('without what it needs ends with one sentence', async () => {
		const { DATABASE_URL } = database.config;
		const [free, { port: taken }] = [await findPort(), await start()];
		const API_PORT = String(free);
		for (const [environment, sentence] of [
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
				{ DATABASE_URL, API_PORT, HOST: '192.0.2.1', SIMULATOR_PASSWORD: 'twelve chars' },
				/^The server cannot listen on 192\.0\.2\.1:\d+ \(EADDRNOTAVAIL\)\n$/
			]
		] as const) {
			const failed = spawnServer(environment);
			expect(await failed.ended).toBe(1);
			expect(failed.errors()).toMatch(sentence);
			expect(failed.errors() + failed.output()).not.toContain('s3cret');
		}
	});
});

test('what has run out in the database is removed', async () => {
	await createExpiredRows(10);
	expect(await findLeft()).toEqual(['current', 'expired']);
	await start();
	await expect.poll(findLeft, { timeout: 15_000 }).toEqual(['current']);
});

describe('stopping', () => {
	test.each(['SIGTERM', 'SIGINT'] as const)('by %s answers the requests in flight first', async (signal) => {
		const server = await start();
		// Each waits for a hash of its own, in line: the last are far from done when the signal comes.
		const answers = Array.from({ length: 12 }, (_, index) => exchange(server.port, registration(`${signal} ${index}`)));
		const idle = connect(server.port, '127.0.0.1');
		// It came last and has been answered, so the server has let all of them in.
		expect(await exchange(server.port, 'GET /healthz HTTP/1.0\r\n\r\n')).toContain('200 OK');
		const asked = performance.now();
		server.child.kill(signal);
		for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1\.1 204 /);
		expect(await server.ended).toBe(0);
		expect(performance.now() - asked).toBeLessThan(2_000);
		expect(server.output().match(/POST \/register 204/g)).toHaveLength(12);
		idle.destroy();
	});
});

describe('on a real connection', () => {
	test('bytes that are not HTTP get an answer and the rest goes on', async () => {
		const { port, output } = await start();
		expect(await exchange(port, 'NOT HTTP pwd=s3cret\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [^]*"status":400/);
		const long = `GET /msgs/${'x'.repeat(40_000)} HTTP/1.1\r\n\r\n`;
		expect(await exchange(port, long)).toMatch(/^HTTP\/1\.1 431 [^]*"status":431/);
		expect(await exchange(port, registration('after all'))).toMatch(/^HTTP\/1\.1 204 [^]*connection: close/i);
		expect(output()).not.toContain('s3cret');
	});

	test('a body over the limit is refused, announced or not', async () => {
		const { port } = await start();
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
