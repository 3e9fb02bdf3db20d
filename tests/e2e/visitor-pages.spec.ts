import { type IncomingMessage, request } from 'node:http';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, brotliDecompressSync } from 'node:zlib';
import { SQL, execute } from '#lib/server/database/database.ts';
import { unfollow } from '#lib/server/follows/following.ts';
import { createFollow, createMessage } from '../factories.ts';
import { type Person, createPerson, expect, gotoHydrated, test as base } from './fixtures.ts';
import { sendRawRequest } from './raw-request.ts';
import { newVisitor } from './visitor.ts';
import { type WebServer, startWebServer } from './web-server.ts';

/* Pages for visitors without a cookie, which the server keeps: never stale, and the same from every server. */

const test = base.extend<object, { otherServer: WebServer }>({
	otherServer: [
		async ({ webServer }, use, worker) => {
			const log = join(worker.project.outputDir, `other-${worker.workerIndex}.log`);
			const server = await startWebServer(log, { DATABASE_URL: webServer.databaseUrl });
			await use(server);
			await server.remove();
		},
		{ scope: 'worker' }
	]
});

/** Returns a counter of a server's metrics, 0 if it is missing. */
async function readCount({ origin }: WebServer, metric: string): Promise<number> {
	const lines = (await (await fetch(`${origin}/metrics`)).text()).split('\n');
	return Number(
		lines
			.find((line) => line.startsWith(`${metric} `))
			?.split(' ')
			.at(-1) ?? 0
	);
}

const RENDERED_PROFILES = 'minitwit_batch_size_count{batch="user_timeline_before"}';
const answersOf = (route: string, status: number) =>
	`http_request_duration_seconds_count{route="${route}",method="GET",status="${status}"}`;

const pathsOf = ({ name }: Person) => {
	const path = `/${encodeURIComponent(name)}`;
	return { profile: path, followers: `${path}/followers`, following: `${path}/following` };
};

test('both servers show every change at once', async ({ webServer, otherServer }) => {
	const [alice, bob] = [await createPerson(), await createPerson()];
	const profile = pathsOf(alice).profile;
	const first = await createMessage(alice.id, `First of ${alice.name}`);
	/** Requests a page twice from both servers, so that the second answer can be a kept one. */
	const expectPage = async (path: string, isShown: boolean, text: string) => {
		for (const { origin } of [webServer, otherServer, webServer, otherServer]) {
			const { body, status } = await newVisitor(origin).get(path);
			expect(status).toBe(200);
			if (isShown) expect(body, path).toContain(text);
			else expect(body, path).not.toContain(text);
		}
	};
	const expectOnTimelines = async (isShown: boolean, text: string) => {
		for (const path of ['/public', profile, `/public?after=${first.id - 1}`]) await expectPage(path, isShown, text);
	};
	const text = `Second of ${alice.name}`;
	await expectOnTimelines(false, text);
	const { id } = await createMessage(alice.id, text);
	await expectOnTimelines(true, text);
	await execute(SQL`UPDATE messages SET flagged = true WHERE id = ${id}`);
	await expectOnTimelines(false, text);
	await execute(SQL`UPDATE messages SET flagged = false WHERE id = ${id}`);
	await expectOnTimelines(true, text);
	await execute(SQL`DELETE FROM messages WHERE id = ${id}`);
	await expectOnTimelines(false, text);

	await expectPage(pathsOf(alice).followers, false, `>${bob.name}<`);
	await createFollow(bob.name, alice.name);
	await expectPage(pathsOf(alice).followers, true, `>${bob.name}<`);
	await expectPage(pathsOf(bob).following, true, `>${alice.name}<`);
	await expectPage(profile, true, '>1</b> follower<');
	await execute(SQL`UPDATE users SET name = ${`${bob.name} II`} WHERE id = ${bob.id}`);
	await expectPage(pathsOf(alice).followers, true, `>${bob.name} II<`);
	await unfollow({ name: `${bob.name} II` }, alice.name, null);
	await expectPage(pathsOf(alice).followers, false, bob.name);
	await expectPage(profile, true, '>0</b> followers<');
});

test('somebody who registers has a page at once, and one who is deleted has none', async ({
	webServer,
	otherServer
}) => {
	const name = `late ${crypto.randomUUID()}`;
	const path = `/${encodeURIComponent(name)}`;
	const expectStatus = async (status: number) => {
		for (const { origin } of [webServer, otherServer, webServer, otherServer])
			expect((await newVisitor(origin).get(path)).status).toBe(status);
	};
	await expectStatus(404);
	const { id } = await createPerson({ name });
	await expectStatus(200);
	await execute(SQL`DELETE FROM users WHERE id = ${id}`);
	await expectStatus(404);
});

test('while messages arrive, no visitor misses one that was posted before their request', async ({ webServer }) => {
	const alice = await createPerson();
	let newest = 0;
	let isOver = false;
	const readers = Array.from({ length: 8 }, async (_, index) => {
		const path = index % 2 ? '/public' : pathsOf(alice).profile;
		while (!isOver) {
			const posted = newest;
			const { body } = await newVisitor(webServer.origin).get(path);
			const shown = Math.max(0, ...[...body.matchAll(/id="text-(\d+)"/g)].map(([, id]) => Number(id)));
			expect(shown, path).toBeGreaterThanOrEqual(posted);
		}
	});
	for (let number = 0; number < 40; number++) newest = (await createMessage(alice.id, `Number ${number}`)).id;
	isOver = true;
	await Promise.all(readers);
});

test('a page is rendered once per state, whatever unknown parameters a request has', async ({ webServer }) => {
	const alice = await createPerson();
	const { profile } = pathsOf(alice);
	await createMessage(alice.id, 'Hello');
	const before = await readCount(webServer, RENDERED_PROFILES);
	const bodies = new Set<string>();
	for (const query of ['', '?utm=1', '?utm=2', '', '?x=%3Cscript%3E', '?'])
		bodies.add((await newVisitor(webServer.origin).get(profile + query)).body);
	expect(bodies.size).toBe(1);
	expect((await readCount(webServer, RENDERED_PROFILES)) - before).toBe(1);
	expect((await newVisitor(webServer.origin).get(`${profile}?before=x`)).status).toBe(400);
	expect((await newVisitor(webServer.origin).get(`${profile}?/default`)).status).toBe(404);
});

test('whoever has logged in gets a page of their own', async ({ webServer }) => {
	const alice = await createPerson();
	const visitor = newVisitor(webServer.origin);
	const { headers } = await visitor.get('/public');
	expect([headers.get('x-account'), headers.get('cache-control')]).toEqual(['none', null]);
	visitor.cookies.set('device', crypto.randomUUID());
	expect((await visitor.get('/public')).headers.get('etag')).toBe(headers.get('etag'));
	await visitor.signInAs(alice);
	for (let time = 0; time < 2; time++) {
		const own = await visitor.get('/public', { 'if-none-match': headers.get('etag') ?? '' });
		expect(own.status).toBe(200);
		expect([own.headers.get('x-account'), own.headers.get('cache-control')]).toEqual([
			String(alice.id),
			'private, no-store'
		]);
	}
	visitor.cookies.clear();
	visitor.cookies.set('session', 'an-expired-one');
	expect((await visitor.get('/public')).headers.get('set-cookie')).toContain('session=;');
});

const DECODERS = { br: brotliDecompressSync, gzip: gunzipSync, identity: (bytes: Buffer) => bytes };

test('every encoding has the same page, its own tag, and a 304 with the same headers', async ({
	webServer,
	otherServer
}) => {
	const alice = await createPerson();
	await createMessage(alice.id, 'Grüße 👋 <b>');
	const { profile } = pathsOf(alice);
	const { body: html, headers } = await newVisitor(webServer.origin).get(profile, { 'accept-encoding': 'identity' });
	const nonce = /'nonce-([^']+)'/.exec(headers.get('content-security-policy') ?? '')?.[1];
	expect(html).toContain(`nonce="${nonce}"`);
	const tags = new Set<string>();
	for (const [encoding, decode] of Object.entries(DECODERS)) {
		for (const { origin } of [webServer, otherServer]) {
			const accepting = { 'accept-encoding': encoding === 'br' ? 'gzip;q=0.5, br' : `x, ${encoding}, br;q=0` };
			const answer = await readRaw(origin + profile, accepting);
			expect(answer.headers.get('content-encoding')).toBe(encoding === 'identity' ? null : encoding);
			expect(String(decode(answer.bytes))).toBe(html);
			expect(answer.headers.get('content-length')).toBe(String(answer.bytes.length));
			const tag = answer.headers.get('etag') ?? '';
			tags.add(tag);
			for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
				const unchanged = await readRaw(origin + profile, { ...accepting, 'if-none-match': known });
				expect([unchanged.status, unchanged.bytes.length], known).toEqual([304, 0]);
				expect(sharedHeaders(unchanged.headers)).toEqual(sharedHeaders(answer.headers));
			}
			expect((await readRaw(origin + profile, { ...accepting, 'if-none-match': '"other"' })).status).toBe(200);
		}
	}
	expect(tags.size).toBe(3);
	expect(headers.get('vary')).toBe('cookie, accept-encoding');
});

/** Sends a request without decoding the response. */
async function readRaw(url: string, headers: Record<string, string>) {
	const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
	request(url, { headers }, resolve).once('error', reject).end();
	const answer = await promise;
	const bytes = Buffer.concat(await answer.toArray());
	return { status: answer.statusCode, headers: new Headers(answer.headers as Record<string, string>), bytes };
}

/** The headers that a 304 must repeat. */
function sharedHeaders(headers: Headers): [string, string][] {
	const other = ['content-length', 'content-type', 'content-encoding', 'date', 'x-request-id'];
	return [...headers].filter(([name]) => !other.includes(name));
}

test('HEAD answers with the headers of GET and makes a page that GET uses', async ({ webServer }) => {
	const alice = await createPerson();
	await createMessage(alice.id, 'Hello');
	const { profile } = pathsOf(alice);
	for (let time = 0; time < 2; time++) {
		const head = await newVisitor(webServer.origin).send(profile, { method: 'HEAD' });
		const get = await newVisitor(webServer.origin).get(profile);
		expect([head.status, head.body]).toEqual([200, '']);
		expect(get.body).toContain('Hello');
		expect(head.headers.get('etag')).toBe(get.headers.get('etag'));
		expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'));
	}
});

test('relative times on kept pages advance', async ({ webServer }) => {
	const alice = await createPerson();
	const { profile } = pathsOf(alice);
	const { id } = await createMessage(alice.id, 'Hello');
	await execute(SQL`UPDATE messages SET posted_at = now() - interval '58 seconds' WHERE id = ${id}`);
	const shown = async () => />([^<]*)<\/time>/.exec((await newVisitor(webServer.origin).get(profile)).body)?.[1];
	expect(await shown()).toBe('now');
	await expect.poll(shown).toBe('1 min ago');
});

test.describe('without a service worker', () => {
	test.use({ serviceWorkers: 'block', expectedErrors: [/^Service Worker registration blocked/] });

	test('a browser that gets a 304 runs the scripts of the page that it has', async ({ page, webServer }) => {
		const alice = await createPerson();
		await createMessage(alice.id, 'Hello');
		const unchanged = () => readCount(webServer, answersOf('/[[prefix=u]]/[username]', 304));
		const before = await unchanged();
		for (let time = 0; time < 3; time++) await gotoHydrated(page, pathsOf(alice).profile);
		await expect.poll(unchanged).toBe(before + 2);
	});
});

test('kept pages are logged and counted with their route', async ({ webServer }) => {
	const path = '/public?before=1';
	await newVisitor(webServer.origin).get(path);
	const before = await readCount(webServer, answersOf('/public', 200));
	const id = `kept-${crypto.randomUUID()}`;
	const { headers } = await sendRawRequest(webServer.origin, path, { headers: { 'x-request-id': id } });
	expect(headers['x-request-id']).toBe(id);
	await expect.poll(() => readCount(webServer, answersOf('/public', 200))).toBe(before + 1);
	await expect
		.poll(() =>
			readFileSync(webServer.logFile, 'utf8')
				.split('\n')
				.find((line) => line.includes(id))
		)
		.toContain('"route":"/public"');
});
