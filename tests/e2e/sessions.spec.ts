import { isolatedName } from '#lib/text/isolated-name.ts';
import {
	SESSION_COOKIE,
	createSession,
	deleteOtherSessionsOf,
	deleteSessionsOf
} from '#lib/server/accounts/sessions.ts';
import { PASSWORD, createFollow, createMessage } from '../factories.ts';
import { createPerson, expect, test } from './fixtures.ts';
import { newVisitor } from './visitor.ts';

test('logging out over plain HTTP leaves only the device cookie, and pages are a visitor’s again', async ({
	webServer
}) => {
	const visitor = newVisitor(webServer.origin);
	const { name: username } = await createPerson();
	await visitor.post('/login', { username, password: PASSWORD });
	await visitor.post('/logout');
	expect((await visitor.get('/public')).body).toContain('You were logged out');
	expect([...visitor.cookies.keys()]).toEqual(['device']);
	expect((await visitor.get('/public')).headers.get('cache-control')).toBeNull();
});

test('the cookie of an ended session is deleted over plain HTTP', async ({ webServer }) => {
	const visitor = newVisitor(webServer.origin);
	const person = await createPerson();
	await visitor.signInAs(person);
	await deleteSessionsOf(person.id);
	await visitor.get('/public');
	expect([...visitor.cookies.keys()]).toEqual([]);
});

test('logging in ends the previous session of the browser, whoever it belonged to', async ({ webServer }) => {
	const [alice, bob] = [await createPerson(), await createPerson()];
	for (const next of [alice, bob]) {
		const [visitor, copy] = [newVisitor(webServer.origin), newVisitor(webServer.origin)];
		await visitor.signInAs(alice);
		copy.cookies.set(SESSION_COOKIE, visitor.cookies.get(SESSION_COOKIE) ?? '');
		await visitor.post('/login', { username: next.name, password: 'a wrong one' });
		expect((await copy.get('/public')).headers.get('x-account')).toBe(String(alice.id));
		await visitor.post('/login', { username: next.name, password: PASSWORD });
		expect((await visitor.get('/public')).headers.get('x-account')).toBe(String(next.id));
		expect((await copy.get('/public')).headers.get('x-account')).toBe('none');
	}
});

for (const javaScriptEnabled of [true, false]) {
	test(`logging out on other devices keeps this one logged in, ${javaScriptEnabled ? 'with' : 'without'} scripts`, async ({
		browser,
		webServer
	}) => {
		const person = await createPerson();
		const elsewhere = newVisitor(webServer.origin);
		await elsewhere.signInAs(person);
		const context = await browser.newContext({ baseURL: webServer.origin, javaScriptEnabled });
		await context.addCookies([{ name: SESSION_COOKIE, value: await createSession(person.id), url: webServer.origin }]);
		const page = await context.newPage();
		await page.goto('/logout');
		await page.getByRole('button', { name: 'Log out on other devices' }).click();
		await expect(page.getByText('You were logged out on all other devices')).toBeVisible();
		expect((await elsewhere.get('/public')).headers.get('x-account')).toBe('none');
		await page.goto('/');
		await expect(page.getByRole('textbox', { name: `What's on your mind ${person.name}?` })).toBeVisible();
		await context.close();
	});
}

test('a page of another account cannot log out on other devices', async ({ webServer }) => {
	const [alice, bob] = [await createPerson(), await createPerson()];
	const [visitor, elsewhere] = [newVisitor(webServer.origin), newVisitor(webServer.origin)];
	await elsewhere.signInAs(bob);
	await visitor.signInAs(alice);
	const owner = /name="owner" value="(\d+)"/.exec((await visitor.get('/logout')).body)?.[1] ?? '';
	expect(owner).toBe(String(alice.id));
	await visitor.signInAs(bob);
	const { status, body } = await visitor.post('/logout/others', { owner });
	expect(status).toBe(409);
	expect(body).toContain(`You're logged in as ${isolatedName(bob.name)} now`);
	expect((await elsewhere.get('/public')).headers.get('x-account')).toBe(String(bob.id));
});

test('a page of another account cannot log out', async ({ webServer }) => {
	const [alice, bob] = [await createPerson(), await createPerson()];
	const visitor = newVisitor(webServer.origin);
	for (const [path, fields] of [
		['/public', {}],
		['/logout', { everywhere: 'yes' }]
	] as const) {
		await visitor.signInAs(alice);
		const owner =
			/action="\/logout"[^>]*>.*?name="owner" value="(\d+)"/s.exec((await visitor.get(path)).body)?.[1] ?? '';
		expect([path, owner]).toEqual([path, String(alice.id)]);
		await visitor.signInAs(bob);
		const { status, body } = await visitor.post('/logout', { ...fields, owner });
		expect(status).toBe(409);
		expect(body).toContain(`You're logged in as ${isolatedName(bob.name)} now. Nobody was logged out`);
		expect((await visitor.get('/public')).headers.get('x-account')).toBe(String(bob.id));
	}
	// No other spelling of the id is accepted.
	for (const owner of [` ${bob.id} `, `0x${bob.id.toString(16)}`, `${bob.id}.0`])
		expect((await visitor.post('/logout', { owner })).status).toBe(409);
	expect((await visitor.post('/logout', { owner: String(bob.id) })).status).toBe(303);
});

test('logging out on other devices requires a log-in', async ({ webServer }) => {
	const answer = await newVisitor(webServer.origin).post('/logout/others');
	expect(answer).toMatchObject({ status: 303, location: '/login?next=/logout' });
});

test('open streams end with their session, wherever it is ended; other streams stay open', async ({ webServer }) => {
	const [alice, bob, carol] = [await createPerson(), await createPerson(), await createPerson()];
	for (const follower of [alice, bob]) await createFollow(follower.name, carol.name);
	const [kept, ended, bobs] = [
		await createSession(alice.id),
		await createSession(alice.id),
		await createSession(bob.id)
	];
	const open = async (timeline: string, session: string) => {
		const url = `${webServer.origin}/events?timeline=${timeline}&after=0`;
		const answer = await fetch(url, { headers: { cookie: `${SESSION_COOKIE}=${session}` } });
		expect(answer.status).toBe(200);
		return answer.body as ReadableStream<Uint8Array>;
	};
	const others = [await open('home', kept), await open('home', bobs), await open('public', '')];
	const ownTimelines = ['home', 'public', `user&name=${encodeURIComponent(bob.name)}`];
	const own = await Promise.all(ownTimelines.map((timeline) => open(timeline, ended)));

	// This process is not the web server's.
	await deleteOtherSessionsOf(alice.id, kept);
	for (const stream of own) expect(await readUntil(stream, /still here/)).toContain('event: session-ended');
	const { id } = await createMessage(carol.id, 'still told');
	for (const stream of others)
		expect(await readUntil(stream, new RegExp(`\\b${id}\\b`))).not.toContain('session-ended');
});

/** Resolves to what a stream sends until it ends or matches a pattern. */
async function readUntil(stream: ReadableStream<Uint8Array>, pattern: RegExp): Promise<string> {
	let all = '';
	for await (const part of stream) {
		all += Buffer.from(part).toString();
		if (pattern.test(all)) break;
	}
	return all;
}
