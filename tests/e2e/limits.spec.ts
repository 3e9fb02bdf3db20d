import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PASSWORD } from '../factories.ts';
import { createPerson, expect, test as base } from './fixtures.ts';
import { type Visitor, newVisitor } from './visitor.ts';
import { type WebServer, startWebServer } from './web-server.ts';

const LIMITS = {
	LIMIT_LOG_IN_FAILURES_PER_ADDRESS: '5/300',
	LIMIT_LOG_IN_FAILURES_PER_PAIR: '2/900',
	LIMIT_LOG_IN_FAILURES_PER_ACCOUNT: '3/86400',
	LIMIT_REGISTRATIONS_PER_ADDRESS: '2/3600',
	LIMIT_POSTS_PER_ACCOUNT: '2/10800',
	LIMIT_FOLLOWS_PER_ACCOUNT: '2/3600',
	TRUSTED_PROXIES: '1'
};

/** Replaces the server with one whose limits a test can reach. */
const test = base.extend<object, { webServer: WebServer }>({
	webServer: [
		async ({ browserName: _ }, use, worker) => {
			const { outputDir } = worker.project;
			mkdirSync(outputDir, { recursive: true });
			const server = await startWebServer(join(outputDir, `limits-${worker.workerIndex}.log`), LIMITS);
			await use(server);
			await server.remove();
		},
		{ scope: 'worker' }
	]
});

const from = (address: string) => ({ 'x-forwarded-for': address });

function expectLimited(
	{ status, headers, body }: { status: number; headers: Headers; body: string },
	sentence: RegExp
) {
	expect(status).toBe(429);
	expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
	expect(body).toMatch(sentence);
}

test('password guesses are limited per account, from one address and from many', async ({ webServer }) => {
	const { name: username } = await createPerson();
	const attempt = (address: string, password: string) =>
		newVisitor(webServer.origin).post('/login', { username, password }, from(address));
	for (let guess = 0; guess < 2; guess++) expect((await attempt('192.0.2.1', 'guess')).status).toBe(400);
	expectLimited(await attempt('192.0.2.1', 'guess'), /Too many log-in attempts/);
	expect((await attempt('192.0.2.2', 'guess')).status).toBe(400);
	expectLimited(await attempt('192.0.2.3', PASSWORD), /Too many log-in attempts/);
});

test('guesses by others do not lock out a browser that has logged in before', async ({ webServer }) => {
	const [visitor, guesser] = [newVisitor(webServer.origin), newVisitor(webServer.origin)];
	const { name: username } = await createPerson();
	const logIn = () => visitor.post('/login', { username, password: PASSWORD }, from('192.0.2.11'));
	expect((await logIn()).status).toBe(303);
	expect((await visitor.post('/logout')).status).toBe(303);
	for (const address of ['192.0.2.11', '192.0.2.12', '192.0.2.13'])
		expect((await guesser.post('/login', { username, password: 'guess' }, from(address))).status).toBe(400);
	expectLimited(
		await guesser.post('/login', { username, password: PASSWORD }, from('192.0.2.11')),
		/Too many log-in attempts/
	);
	expect((await logIn()).location).toBe('/');
});

test('failed log-ins are limited per address', async ({ webServer }) => {
	const visitor = newVisitor(webServer.origin);
	const { name: username } = await createPerson();
	for (let attempt = 0; attempt < 5; attempt++)
		await visitor.post('/login', { username: `nobody ${attempt}`, password: 'guess' }, from('198.51.100.1'));
	expectLimited(await visitor.post('/login', { username, password: PASSWORD }, from('198.51.100.1')), /Try again in/);
	expect((await visitor.post('/login', { username, password: PASSWORD }, from('198.51.100.2'))).status).toBe(303);
});

test('registrations are limited per address, and the form keeps its input', async ({ webServer }) => {
	const visitor = newVisitor(webServer.origin);
	const register = (username: string) =>
		visitor.post(
			'/register',
			{ username, email: 'a@example.org', password: PASSWORD, password2: PASSWORD },
			from('203.0.113.1')
		);
	for (const name of ['limited-1', 'limited-2']) expect((await register(name)).status).toBe(303);
	expectLimited(await register('limited-3'), /value="limited-3"/);
});

test('posts are limited per account, and the form keeps the text', async ({ webServer }) => {
	const visitor = newVisitor(webServer.origin);
	await visitor.signInAs(await createPerson());
	for (const text of ['one', 'two']) expect((await visitor.post('/add_message', { text })).status).toBe(303);
	expectLimited(await visitor.post('/add_message', { text: 'one too many' }), /one too many/);
});

/** Sends an outbox entry. */
const deliver = (visitor: Visitor, origin: string, entry: object) =>
	visitor.send('/outbox', {
		method: 'POST',
		body: JSON.stringify(entry),
		headers: { origin, 'content-type': 'application/json' }
	});

test('a repeated entry spends no points and is accepted when none are left', async ({ webServer }) => {
	const visitor = newVisitor(webServer.origin);
	const person = await createPerson();
	await visitor.signInAs(person);
	const entry = { kind: 'message', id: crypto.randomUUID(), owner: person.id, text: 'one\r\nline' };
	for (let time = 0; time < 4; time++) expect((await deliver(visitor, webServer.origin, entry)).status).toBe(200);
	expect((await visitor.post('/add_message', { text: 'the second' })).status).toBe(303);
	expectLimited(await deliver(visitor, webServer.origin, { ...entry, id: crypto.randomUUID() }), /posting too fast/);
	const { status, body } = await deliver(visitor, webServer.origin, entry);
	expect([status, JSON.parse(body).message.text]).toEqual([200, 'one\nline']);
});

test('follows and unfollows share a limit per account, by form and by outbox', async ({ webServer }) => {
	const visitor = newVisitor(webServer.origin);
	const [me, star] = [await createPerson(), await createPerson()];
	const path = `/${encodeURIComponent(star.name)}`;
	await visitor.signInAs(me);
	const entry = (kind: string) => ({ kind, id: crypto.randomUUID(), owner: me.id, name: star.name });
	expect((await visitor.post(`${path}/follow`)).status).toBe(303);
	expect((await deliver(visitor, webServer.origin, entry('unfollow'))).status).toBe(200);
	for (const kind of ['follow', 'unfollow']) {
		expectLimited(await visitor.post(`${path}/${kind}`), /following and unfollowing too fast/);
		expectLimited(await deliver(visitor, webServer.origin, entry(kind)), /following and unfollowing too fast/);
	}
	expect((await visitor.get(path)).body).toMatch(/<b[^>]*>0<\/b>\s*followers/);
});

test('a repeated follow of the outbox spends no points and does not undo what came after it', async ({ webServer }) => {
	const visitor = newVisitor(webServer.origin);
	const [me, star] = [await createPerson(), await createPerson()];
	await visitor.signInAs(me);
	const entry = { kind: 'follow', id: crypto.randomUUID(), owner: me.id, name: star.name };
	for (let time = 0; time < 4; time++) expect((await deliver(visitor, webServer.origin, entry)).status).toBe(200);
	const path = `/${encodeURIComponent(star.name)}`;
	expect((await visitor.post(`${path}/unfollow`)).status).toBe(303);
	expect((await deliver(visitor, webServer.origin, entry)).status).toBe(200);
	expect((await visitor.get(path)).body).toMatch(/<b[^>]*>0<\/b>\s*followers/);
	expect((await deliver(visitor, webServer.origin, { ...entry, name: me.name })).status).toBe(422);
});

test('one address can open at most 400 streams, without affecting other addresses', async ({ webServer }) => {
	const url = `${webServer.origin}/events?timeline=public&after=0`;
	const ending = new AbortController();
	const statusOf = async (headers: Record<string, string>, signal?: AbortSignal) =>
		(await fetch(url, { headers, signal: signal ?? null })).status;
	const open = (address: string) => statusOf(from(address), ending.signal);
	const statuses = await Promise.all(Array.from({ length: 401 }, () => open('203.0.113.1')));
	expect(statuses.filter((status) => status === 200)).toHaveLength(400);
	expect(statuses.filter((status) => status === 503)).toHaveLength(1);
	expect(await open('203.0.113.2')).toBe(200);
	expect(await statusOf({ ...from('203.0.113.1'), accept: 'application/json' })).toBe(200);
	ending.abort();
	// The closed streams no longer count.
	const reopen = () => statusOf(from('203.0.113.1'), AbortSignal.timeout(1_000));
	await expect.poll(reopen).toBe(200);
});
