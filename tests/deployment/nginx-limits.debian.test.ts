import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { SITE_HOST } from './nginx.ts';
import { type Site, requestsOf, startSite } from './site.ts';

let site: Site;
let browser: Record<string, string>;

beforeAll(async () => {
	site = await startSite(inject('serverUrl'));
	browser = await site.signUp('alice');
});

afterAll(() => site.stop());

/** The response to a client that sends a part, then a little more every half second, until it is disconnected. */
function dribble(start: string, bit: string, isStalling = false): Promise<string> {
	return new Promise((resolve) => {
		const socket = site.openSocket();
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

describe('limits', () => {
	test('a body that is too large is refused before it reaches a replica', async () => {
		const body = 'x'.repeat(64 * 1024 + 1);
		const page = await site.ask('/add_message', { method: 'POST', headers: browser, body });
		expect(page.status).toBe(413);
		expect(page.body).toContain('<h1>This request is too large</h1>');
		const entry = await site.ask('/outbox', { method: 'POST', headers: browser, body });
		expect(entry.status).toBe(413);
		expect(JSON.parse(entry.body)).toEqual({ error: 'This request is too large' });
		const post = await site.simulate('/msgs/alice', { content: body });
		expect(post.status).toBe(413);
		expect(JSON.parse(post.body)).toEqual({ status: 413, error_msg: 'This request is too large' });
		for (const { headers } of [page, entry, post]) expect(site.lineOf(headers['x-request-id'])).toBeUndefined();
	});

	test('headers that are too long are refused', async () => {
		expect((await site.ask('/public', { headers: { cookie: 'x'.repeat(9_000) } })).status).toBe(400);
	});

	test('a class can log in at the same time; a client that continues is told to wait', async () => {
		const from = '127.0.0.11';
		const attempts = Array.from({ length: 130 }, () => site.ask('/login', { method: 'POST', headers: browser, from }));
		const answers = await Promise.all(attempts);
		const refused = answers.filter(({ body }) => body.includes('Too many requests from your network'));
		expect(answers.length - refused.length).toBeGreaterThan(100);
		expect(refused.length).toBeGreaterThan(0);
		for (const { status, headers } of refused) expect([status, headers['retry-after']]).toEqual([429, '1']);
		expect((await site.ask('/login', { from })).status).toBe(200);
	});

	test('a class can open the timeline at the same time', async () => {
		const from = '127.0.0.12';
		const answers = await Promise.all(Array.from({ length: 200 }, () => site.ask('/public', { from })));
		expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
	});

	test('slow clients are disconnected before their requests reach a replica', async () => {
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

test('while all replicas are down, every client gets an error in the format that it reads', async () => {
	await Promise.all([...site.web, ...site.api].map((replica) => replica.kill()));
	const sentence = 'MiniTwit is temporarily unavailable';
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
	// The error log quotes the addresses of failed requests, except for those that are secret.
	expect((await site.ask('/reset/verysecret')).status).toBe(502);
	expect(site.nginx.errorLog()).toContain('GET /public');
	expect(site.nginx.errorLog()).not.toContain('verysecret');
	const { status, body } = await site.simulate('/msgs');
	expect([status, JSON.parse(body)]).toEqual([502, { status: 502, error_msg: sentence }]);
});
