import { readFileSync } from 'node:fs';
import { SQL, execute } from '#lib/server/database/database.ts';
import { unfollow } from '#lib/server/follows/following.ts';
import { createFollow, createMessage } from '../factories.ts';
import { createPerson, expect } from './fixtures.ts';
import { sendRawRequest } from './raw-request.ts';
import { answersOf, pathsOf, readCount, test } from './visitor-fixtures.ts';
import { newVisitor } from './visitor.ts';

/* Pages for visitors without a cookie, which the server keeps: never stale, and the same from every server. */

const RENDERED_PROFILES = 'minitwit_batch_size_count{batch="user_timeline_before"}';

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

test('relative times on kept pages advance', async ({ webServer }) => {
	const alice = await createPerson();
	const { profile } = pathsOf(alice);
	const { id } = await createMessage(alice.id, 'Hello');
	await execute(SQL`UPDATE messages SET posted_at = now() - interval '54 seconds' WHERE id = ${id}`);
	const shown = async () => />([^<]*)<\/time>/.exec((await newVisitor(webServer.origin).get(profile)).body)?.[1];
	expect(await shown()).toBe('now');
	await expect.poll(shown, { timeout: 20_000 }).toBe('1 min ago');
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
