import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { localSite } from '../../bin/program/site.ts';
import { NOON, lineOf } from './logged-line.ts';
import { runWith } from './use-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'minitwit-replay-'));

function writeLog(name: string, lines: string[]): string {
	const file = join(folder, name);
	writeFileSync(file, lines.join(''));
	return file;
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a replay', () => {
	const received: { what: string; headers: IncomingHttpHeaders; body: string }[] = [];
	let origin: string;
	/** A web app with a single user, where every page is the same. */
	const server = createServer(async (request, response) => {
		const body = await text(request);
		received.push({ what: `${request.method} ${request.url}`, headers: request.headers, body });
		if (request.url === '/login') {
			const isRight = body === 'username=alice&password=known';
			response.writeHead(
				isRight ? 303 : 400,
				isRight ? { 'set-cookie': ['session=fresh; HttpOnly'], location: '/' } : {}
			);
		} else if (request.url === '/away') response.writeHead(303, { location: 'http://127.0.0.2:9/' });
		response.end();
	});
	beforeAll(async () => {
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	});
	beforeEach(() => void received.splice(0));
	afterAll(() => server.close());

	async function replay(lines: string[], ...flags: string[]): Promise<{ code: number | null; output: string }> {
		const target = flags.includes('--url') ? [] : ['--url', origin];
		const args = ['replay', '--log', writeLog('replayed.log', lines), '--password', 'known', ...target, ...flags];
		const { status, lines: printed, reported } = await runWith(localSite, args);
		return { code: status, output: [...printed, ...reported].join('\n') };
	}

	test('logs a user in once, sends their requests in that session, and follows no redirects', async () => {
		const headers = {
			cookie: '[redacted]',
			origin: 'https://minitwit.example',
			'accept-language': 'da',
			connection: 'close'
		};
		const { code, output } = await replay([
			lineOf({ user: 'alice', path: '/away', status: 303, headers, id: 'one' }),
			lineOf({ user: 'alice', path: '/b', query: 'x=%zz', headers })
		]);
		expect(output).toContain('2 requests');
		expect(code).toBe(0);
		expect(received.map(({ what }) => what)).toEqual(['POST /login', 'GET /away', 'GET /b?x=%zz']);
		expect(received[1]?.headers).toMatchObject({
			cookie: 'session=fresh',
			origin,
			'accept-language': 'da',
			'x-request-id': 'one',
			'x-forwarded-for': '192.0.2.7'
		});
	});

	test('reports requests with a different status, and fails', async () => {
		const { code, output } = await replay([
			lineOf({ user: 'bob', path: '/of-bob', status: 303, id: 'the-id' }),
			lineOf({ path: '/gone', status: 499 })
		]);
		expect(output).toContain('2 requests');
		expect(output).toContain('0 with the same status, 1 with another, 1 whose original had failed');
		expect(output).toContain('GET /of-bob: expected 303, got 200 (the-id)');
		expect(output).toContain('Log-in failed for bob');
		expect(code).toBe(1);
	});

	test('skips requests that failed, that only read, or whose server has no URL', async () => {
		const lines = [
			lineOf({ path: '/read' }),
			lineOf({ method: 'POST', path: '/written' }),
			lineOf({ method: 'POST', path: '/broken', status: 500 }),
			lineOf({ service: 'api', method: 'POST', path: '/msgs/alice' })
		];
		expect((await replay(lines, '--writes-only')).output).toContain('1 skipped: only reads');
		expect(received.map(({ what }) => what)).toEqual(['POST /written']);
		const { code, output } = await replay(lines, '--failed');
		expect(received.map(({ what }) => what)).toContain('POST /broken');
		expect(output).toContain('1 skipped: sent to the API');
		expect(code).toBe(0);
	});

	test('keeps the pace of the log', async () => {
		const lines = [lineOf({}), lineOf({ startedAt: NOON + 2_000 })];
		const started = performance.now();
		expect((await replay(lines, '--speed', '4')).output).toMatch(/^2 requests in 0\.[5-9] s|^2 requests in [1-9]/);
		expect(performance.now() - started).toBeGreaterThan(500);
	});

	test('of a missing file or to a server that does not answer fails with a readable message', async () => {
		const { code, output } = await replay([], '--log', join(folder, 'none.log'));
		expect(code).toBe(2);
		expect(output).toContain('none.log cannot be read');
		const { output: answer } = await replay([lineOf({})], '--url', 'http://127.0.0.1:9');
		expect(answer).toContain('no answer (connect ECONNREFUSED');
	});
});
