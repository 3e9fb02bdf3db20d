import { SESSION_COOKIE } from '#lib/server/accounts/sessions.ts';
import { PASSWORD } from '../factories.ts';
import { createPerson, expect, test } from './fixtures.ts';
import { newVisitor } from './visitor.ts';

/** Every kind of response: public and private pages, data, errors, redirects and refusals. */
const PATHS = [
	'/public',
	'/login',
	'/nobody-at-all',
	'/',
	'/?before=x',
	'/public/__data.json',
	'/add_message',
	'/healthz'
];

test('every response has the security headers', async ({ webServer }) => {
	for (const path of PATHS) {
		const { headers } = await newVisitor(webServer.origin).get(path);
		expect(headers.get('x-content-type-options'), path).toBe('nosniff');
		expect(headers.get('referrer-policy'), path).toBe('same-origin');
		expect(headers.get('permissions-policy'), path).toContain('camera=()');
		expect(headers.get('x-frame-options'), path).toBe('DENY');
		expect(headers.get('x-powered-by'), path).toBeNull();
	}
	for (const path of ['/public', '/login', '/nobody-at-all']) {
		const policy = (await newVisitor(webServer.origin).get(path)).headers.get('content-security-policy') ?? '';
		expect(policy, path).toContain("default-src 'none'");
		expect(policy, path).toContain("frame-ancestors 'none'");
		expect(policy, path).toMatch(/script-src 'self' 'nonce-[\w+/=]+'/);
		expect(policy, path).not.toMatch(/unsafe-(inline|eval)/);
	}
});

test('no redirect or link parameter leads to another site', async ({ page, webServer }) => {
	const alice = await createPerson();
	const away = '/%09/evil.example/x';
	const answer = await newVisitor(webServer.origin).post(`/login?next=${away}`, {
		username: alice.name,
		password: PASSWORD
	});
	expect(answer.location).toBe('/');
	for (const [to, path] of [
		[away, '/'],
		['/%0d%5cevil.example', '/'],
		['/public%3Fbefore=7', '/public?before=7']
	]) {
		await page.goto(`/offline?to=${to}`);
		await expect(page.getByRole('link', { name: 'Try again' })).toHaveAttribute('href', path ?? '');
	}
});

test('a page that names its reader is not cached', async ({ webServer }) => {
	const visitor = newVisitor(webServer.origin);
	await visitor.signInAs(await createPerson());
	for (const path of ['/', '/public', '/add_message', '/__data.json', '/nobody-at-all'])
		expect((await visitor.get(path)).headers.get('cache-control'), path).toBe('private, no-store');
});

test('the session cookie is HttpOnly and SameSite, new at each log-in, and invalid after the log-out', async ({
	webServer
}) => {
	const visitor = newVisitor(webServer.origin);
	const { name: username } = await createPerson();
	const logIn = () => visitor.post('/login', { username, password: PASSWORD });
	visitor.cookies.set(SESSION_COOKIE, 'chosen-by-somebody-else');
	const cookie = (await logIn()).headers.getSetCookie().find((line) => line.startsWith(SESSION_COOKIE)) ?? '';
	expect(cookie).toMatch(/; httponly/i);
	expect(cookie).toMatch(/; samesite=lax/i);
	expect(cookie).toMatch(/; path=\//i);
	const first = visitor.cookies.get(SESSION_COOKIE) ?? '';
	expect(first).not.toBe('chosen-by-somebody-else');
	const elsewhere = newVisitor(webServer.origin);
	await elsewhere.post('/login', { username, password: PASSWORD });
	expect(elsewhere.cookies.get(SESSION_COOKIE)).not.toBe(first);

	await visitor.post('/logout', { everywhere: 'yes' });
	expect(await elsewhere.get('/')).toMatchObject({ status: 303, location: '/public' });
	visitor.cookies.set(SESSION_COOKIE, first);
	expect(await visitor.get('/')).toMatchObject({ status: 303, location: '/public' });
});

test('rejects every POST from another site', async ({ webServer }) => {
	const alice = await createPerson();
	const visitor = newVisitor(webServer.origin);
	await visitor.signInAs(alice);
	const types = [
		'application/x-www-form-urlencoded',
		'application/json',
		'text/plain',
		'multipart/form-data; boundary=x'
	];
	for (const origin of ['https://evil.example', 'null', '']) {
		for (const type of types) {
			const answer = await visitor.post('/add_message', { text: 'forged' }, { origin, 'content-type': type });
			expect(answer.status).toBe(403);
		}
		expect((await visitor.post('/logout', {}, { origin })).status).toBe(403);
	}
	expect((await visitor.get('/')).body).not.toContain('forged');
});

test('no request causes a server error', async ({ webServer }) => {
	const visitor = newVisitor(webServer.origin);
	await visitor.signInAs(await createPerson());
	const paths = [
		'/%',
		'/%00',
		'/%C3%28',
		'/a%2Fb',
		'/u/%F0%9F',
		'/..%2f..%2fetc',
		'/%0d%0aset-cookie:x=1',
		`/${'a'.repeat(5000)}`
	];
	const data = ['/__data.json?x-sveltekit-invalidated=xyz', '/public/__data.json?before=x', '/nobody/__data.json'];
	for (const path of [...paths, ...data, '/public?before=%00', '/login?next=%FF', '/_app/immutable/none.js'])
		expect((await visitor.get(path)).status, path).toBeLessThan(500);
	for (const cookie of ['session=%00', 'session=;;;=', `session=${'x'.repeat(4000)}`, 'flash=%E0%A4%A', '=;=;'])
		expect((await visitor.get('/public', { cookie })).status, cookie).toBeLessThan(500);
	const bodies: [string, string][] = [
		['application/x-www-form-urlencoded', 'text=%00&id=%FF'],
		['application/x-www-form-urlencoded', `text=${'a'.repeat(600_000)}`],
		['application/x-www-form-urlencoded', 'text=a&text=b&id[]=1'],
		['application/json', '{"text":'],
		['application/json', '['.repeat(50_000)],
		['multipart/form-data', 'no boundary'],
		[
			'multipart/form-data; boundary=x',
			'--x\r\ncontent-disposition: form-data; name="text"; filename="a"\r\n\r\nfile\r\n--x--'
		],
		['text/plain', 'text=plain'],
		['', 'nothing']
	];
	for (const path of ['/add_message', '/login', '/register', '/logout', '/public', '/nobody/follow']) {
		for (const [type, body] of bodies) {
			const init = { method: 'POST', body, headers: { origin: webServer.origin, 'content-type': type } };
			expect((await fetch(webServer.origin + path, init)).status, `${path} ${type} ${body.slice(0, 20)}`).toBeLessThan(
				500
			);
		}
		for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'])
			expect((await fetch(webServer.origin + path, { method })).status, `${method} ${path}`).toBeLessThan(500);
	}
});
