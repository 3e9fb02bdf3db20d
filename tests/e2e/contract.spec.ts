import { profilePath } from '#lib/text/profile-path.ts';
import { PASSWORD, createCrowd, createFollow, createMessage } from '../factories.ts';
import { createPerson, expect, test } from './fixtures.ts';
import { newVisitor } from './visitor.ts';

/* The paths, fields and sentences that MiniTwit has had since 2010, without scripts. */

let count = 0;
const newName = () => `newcomer-${process.pid}-${++count}`;
const registration = (name: string) => ({
	username: name,
	email: 'a@example.org',
	password: PASSWORD,
	password2: PASSWORD
});

test('registering, logging in, writing and logging out show each sentence once', async ({ webServer }) => {
	const visitor = newVisitor(webServer.origin);
	const name = newName();
	expect(await visitor.post('/register', registration(name))).toMatchObject({ status: 303, location: '/login' });
	expect((await visitor.get('/login')).body).toContain('You were successfully registered and can login now');
	expect((await visitor.get('/login')).body).not.toContain('You were successfully registered');

	expect(await visitor.post('/login', { username: name, password: PASSWORD })).toMatchObject({
		status: 303,
		location: '/'
	});
	expect((await visitor.get('/')).body).toContain('You were logged in');
	expect(await visitor.post('/add_message', { text: 'test message 1' })).toMatchObject({ status: 303, location: '/' });
	const { body } = await visitor.get('/');
	expect(body).toContain('Your message was recorded');
	expect(body).toContain('test message 1');
	await visitor.post('/add_message', { text: `<test message 2> "it's" & more` });
	expect((await visitor.get('/')).body).toContain('&lt;test message 2&gt; &#34;it&#39;s&#34; &amp; more');

	expect(await visitor.post('/logout')).toMatchObject({ status: 303, location: '/public' });
	expect((await visitor.get('/public')).body).toContain('You were logged out');
	expect(await visitor.get('/')).toMatchObject({ status: 303, location: '/public' });
});

test('a rejected registration shows the first error and keeps the input except for passwords', async ({
	webServer
}) => {
	const visitor = newVisitor(webServer.origin);
	const taken = await createPerson();
	const name = newName();
	for (const [fields, sentence] of [
		[{ username: '' }, 'You have to enter a username'],
		[{ email: '' }, 'You have to enter a valid email address'],
		[{ email: 'no address' }, 'You have to enter a valid email address'],
		[{ password: '' }, 'You have to enter a password'],
		[{ password2: 'another secret' }, 'The two passwords do not match'],
		[{ username: taken.name }, 'The username is already taken'],
		[{ username: taken.name.toUpperCase() }, 'The username is already taken'],
		[{ username: 'metrics' }, 'The username is already taken']
	] as [Record<string, string>, string][]) {
		const entered = { ...registration(name), ...fields };
		const { status, body } = await visitor.post('/register', entered);
		expect(status).toBe(400);
		expect(body).toContain(sentence);
		expect(body).toContain(`value="${entered.email}"`);
		expect(body).toContain(`value="${entered.username}"`);
		expect(body).not.toContain(PASSWORD);
		expect(body).not.toContain('another secret');
	}
});

test('a wrong password and an unknown name get the same sentence', async ({ webServer }) => {
	const visitor = newVisitor(webServer.origin);
	const { name } = await createPerson();
	for (const username of [name, newName()]) {
		const { status, body } = await visitor.post('/login', { username, password: 'wrong' });
		expect(status).toBe(400);
		expect(body).toContain('Invalid username or password');
		expect(body).toContain(`value="${username}"`);
		expect(body).not.toContain('wrong');
	}
});

test('logging in leads back to the requested page, but not to another site', async ({ webServer }) => {
	const visitor = newVisitor(webServer.origin);
	const [alice, bob] = [await createPerson(), await createPerson()];
	const requested = `/${encodeURIComponent(bob.name)}/follow`;
	const { status, location } = await visitor.get(requested);
	expect(status).toBe(303);
	const answer = await visitor.post(location ?? '', { username: alice.name, password: PASSWORD });
	expect(answer).toMatchObject({ status: 303, location: requested });
	const away = await visitor.post('/login?next=//evil.example', { username: alice.name, password: PASSWORD });
	expect(away).toMatchObject({ status: 303, location: '/' });
});

test('what a visitor begins is finished after they log in', async ({ webServer }) => {
	const visitor = newVisitor(webServer.origin);
	const bob = await createPerson();
	const path = `/${encodeURIComponent(bob.name)}`;
	const { location } = await visitor.post(`${path}/follow`);
	if (!location) throw new Error('A visitor was not sent to the log-in page');
	const name = newName();
	const logIn = (await visitor.get(location)).body;
	expect(logIn).toContain(`Log in to follow ${bob.name}`);
	const [, register = ''] = /New here\? <a href="([^"]*)"/.exec(logIn) ?? [];
	const registered = await visitor.post(register.replaceAll('&amp;', '&'), registration(name));
	expect(registered.location).toBe(location);
	expect((await visitor.get(location)).body).toContain(`value="${name}"`);
	const answer = await visitor.post(location, { username: name, password: PASSWORD });
	expect(answer).toMatchObject({ status: 303, location: path });
	const profile = (await visitor.get(path)).body;
	expect(profile).toContain(`You are now following &#34;${bob.name}&#34;`);
	expect(profile).toContain('Unfollow');
});

test('following and unfollowing change the timeline and the counts', async ({ webServer }) => {
	const visitor = newVisitor(webServer.origin);
	const [alice, bob] = [await createPerson(), await createPerson()];
	await createMessage(bob.id, `by ${bob.name}`, null);
	const path = `/${encodeURIComponent(bob.name)}`;
	await visitor.signInAs(alice);
	// Whoever has neither written nor followed anybody is shown people to follow.
	await createMessage(alice.id, 'of my own', null);
	expect((await visitor.get('/')).body).not.toContain(`by ${bob.name}`);
	expect((await visitor.get(`${path}/follow`)).body).toMatch(/<button[^>]*>Follow<\/button>/);

	expect(await visitor.post(`${path}/follow`)).toMatchObject({ status: 303, location: path });
	const followed = (await visitor.get(path)).body;
	expect(followed).toContain(`You are now following &#34;${bob.name}&#34;`);
	expect(followed).toContain('Unfollow');
	expect((await visitor.get('/')).body).toContain(`by ${bob.name}`);
	await visitor.post(`${path}/follow`);
	expect((await visitor.get(`${path}/followers`)).body).toContain(alice.name);
	expect((await visitor.get(path)).body).toMatch(/<b[^>]*>1<\/b>\s*follower\b/);

	expect(await visitor.post(`${path}/unfollow`)).toMatchObject({ status: 303, location: path });
	expect((await visitor.get(path)).body).toContain(`You are no longer following &#34;${bob.name}&#34;`);
	// Whoever has neither written nor followed anybody is shown people to follow.
	await createMessage(alice.id, 'of my own', null);
	expect((await visitor.get('/')).body).not.toContain(`by ${bob.name}`);
	for (const [next, location] of [
		['/people?q=b', '/people?q=b'],
		['https://evil.example/', '/']
	] as const)
		for (const action of ['follow', 'unfollow'])
			expect(await visitor.post(`${path}/${action}?${new URLSearchParams({ next })}`)).toMatchObject({ location });

	expect(await visitor.post(`/${encodeURIComponent(alice.name)}/follow`)).toMatchObject({ status: 400 });
	expect(await visitor.post('/nobody-at-all/follow')).toMatchObject({ status: 404 });
});

test('a message with an id is posted once, and the id cannot be reused for another text', async ({ webServer }) => {
	const visitor = newVisitor(webServer.origin);
	const [alice, id] = [await createPerson(), crypto.randomUUID()];
	expect((await visitor.post('/add_message', { text: 'unsigned', id })).status).toBe(401);
	await visitor.signInAs(alice);
	for (let time = 0; time < 3; time++)
		expect(await visitor.post('/add_message', { text: `once by ${alice.name}`, id })).toMatchObject({ status: 303 });
	const other = await visitor.post('/add_message', { text: 'something else', id });
	expect(other.status).toBe(422);
	expect(other.body).toContain('something else');
	const { body } = await visitor.get(`/${encodeURIComponent(alice.name)}`);
	expect(body.match(/<article/g)).toHaveLength(1);
	for (const [fields, status] of [
		[{ text: ' ' }, 400],
		[{ text: 'a', id: 'no uuid' }, 400],
		[{ text: '🐦'.repeat(281) }, 400],
		[{ text: '🐦'.repeat(280) }, 303]
	] as [Record<string, string>, number][])
		expect((await visitor.post('/add_message', fields)).status).toBe(status);
});

test('links lead through pages of 30 that list each message once', async ({ webServer }) => {
	const visitor = newVisitor(webServer.origin);
	const alice = await createPerson();
	const texts = Array.from({ length: 65 }, (_, index) => `number ${index} of ${alice.name}.`);
	for (const text of texts) await createMessage(alice.id, text, null);
	const own = `/${encodeURIComponent(alice.name)}`;
	const seen: string[] = [];
	let path: string | null = own;
	const sizes: number[] = [];
	while (path) {
		// The page's script repeats the texts.
		const body: string = (await visitor.get(path)).body.replaceAll(/<script[^]*?<\/script>/g, '');
		const found = [...body.matchAll(/number \d+ of [^<]*?\./g)].map(([text]) => text);
		seen.push(...found);
		sizes.push(found.length);
		const next: string | undefined = /rel="next" href="([^"]+)"/.exec(body)?.[1];
		if (sizes.length > 1) expect(body).toMatch(/rel="prev"/);
		if (next) expect(next).toMatch(new RegExp(`^${own}\\?before=`));
		path = next ?? null;
	}
	expect(sizes).toEqual([30, 30, 5]);
	expect(seen).toEqual(texts.toReversed());
	for (const cursor of ['x', '-1', '1e3', '1.5', '99999999999999999999'])
		expect((await visitor.get(`${own}?before=${cursor}`)).status).toBe(400);
	expect((await visitor.get(`${own}?before=0`)).status).toBe(200);
});

test('followers are paginated', async ({ webServer }) => {
	const bob = await createPerson();
	for (const { name } of await createCrowd(31)) await createFollow(name, bob.name);
	const visitor = newVisitor(webServer.origin);
	const path = `/${encodeURIComponent(bob.name)}/followers`;
	const first = (await visitor.get(path)).body;
	const next = /rel="next" href="([^"]+)"/.exec(first)?.[1] ?? 'none';
	const names = [first, (await visitor.get(next)).body].flatMap((body) =>
		[...body.matchAll(/<a[^>]* dir="auto"[^>]*>([^<]+)/g)].map(([, name]) => name)
	);
	expect(new Set(names).size).toBe(31);
	expect((await visitor.get(`/${encodeURIComponent(bob.name)}/following`)).body).toMatch(/isn't following anyone yet/);
});

test('users with reserved or unusual names have a page', async ({ webServer }) => {
	const visitor = newVisitor(webServer.origin);
	for (const name of ['login', 'a/b', 'x y?&=#%', '<script>alert(1)</script>', 'نجوى', '🐦', "o'neill", 'U']) {
		const person = await createPerson({ name });
		await createMessage(person.id, 'hello', null);
		const path = `/u/${encodeURIComponent(name)}`;
		const { status, body } = await visitor.get(path);
		expect(status).toBe(200);
		expect(body).not.toContain('<script>alert');
		const link = `href="${profilePath(name)}"`;
		expect((await visitor.get('/public')).body).toContain(link);
		expect((await visitor.get(profilePath(name))).status).toBe(200);
	}
	expect((await visitor.get('/nobody-at-all')).status).toBe(404);
	expect((await visitor.get('/nobody-at-all')).body).toContain('Go to the public timeline');
});
