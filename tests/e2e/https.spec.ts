import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePort } from '../../bin/ports.ts';
import { PASSWORD } from '../factories.ts';
import { createPerson, expect, test as base } from './fixtures.ts';
import { newVisitor } from './visitor.ts';
import { type WebServer, startWebServer } from './web-server.ts';

/* Cookies with production settings, where a proxy terminates HTTPS for the server. */

const siteOf = ({ origin }: WebServer) => origin.replace('http:', 'https:');

const test = base.extend<object, { webServer: WebServer }>({
	webServer: [
		async ({ browserName: _ }, use, worker) => {
			const { outputDir } = worker.project;
			mkdirSync(outputDir, { recursive: true });
			const PORT = String(await findFreePort());
			const settings = { PORT, ORIGIN: `https://127.0.0.1:${PORT}` };
			const server = await startWebServer(join(outputDir, `https-${worker.workerIndex}.log`), settings);
			await use(server);
			await server.remove();
		},
		{ scope: 'worker' }
	]
});

test('every cookie can be set only by this host, over HTTPS', async ({ webServer }) => {
	const visitor = newVisitor(webServer.origin, siteOf(webServer));
	const { name: username } = await createPerson();
	const bob = await createPerson();
	const email = 'somebody@example.org';
	const account = { username: 'Erin', email, password: PASSWORD, password2: PASSWORD };
	const answers = [
		await visitor.post('/register', account),
		await visitor.get('/login'),
		await visitor.post('/login', { username, password: PASSWORD }),
		await visitor.get('/'),
		await visitor.post('/add_message', { text: 'By HTTPS' }),
		await visitor.post(`/${encodeURIComponent(bob.name)}/follow`),
		await visitor.post(`/${encodeURIComponent(bob.name)}/unfollow`),
		await visitor.post('/logout'),
		await visitor.get('/public', { cookie: '__Host-session=none-of-ours' })
	];
	const lines = answers.flatMap(({ headers }) => headers.getSetCookie());
	expect(lines.length).toBeGreaterThan(answers.length);
	for (const line of lines) {
		expect(line).toMatch(/^__Host-\w+=/);
		for (const attribute of [/; Secure(;|$)/, /; HttpOnly(;|$)/, /; SameSite=Lax(;|$)/, /; Path=\/(;|$)/])
			expect(line).toMatch(attribute);
		expect(line).not.toMatch(/; Domain=/i);
	}
});

test('a session cookie without the __Host- prefix is ignored and does not shadow a real one', async ({ webServer }) => {
	const [alice, mallory] = [await createPerson(), await createPerson()];
	const [visitor, attacker] = [
		newVisitor(webServer.origin, siteOf(webServer)),
		newVisitor(webServer.origin, siteOf(webServer))
	];
	await attacker.signInAs(mallory);
	const planted = `session=${attacker.cookies.get('__Host-session')}`;
	expect((await visitor.get('/public', { cookie: planted })).headers.get('x-account')).toBe('none');

	await visitor.post('/login', { username: alice.name, password: PASSWORD });
	const own = `__Host-session=${visitor.cookies.get('__Host-session')}`;
	for (const cookie of [`${planted}; ${own}`, `${own}; ${planted}`])
		expect((await visitor.get('/public', { cookie })).headers.get('x-account')).toBe(String(alice.id));
});

test('logging out leaves only the device cookie', async ({ webServer }) => {
	const visitor = newVisitor(webServer.origin, siteOf(webServer));
	const { name: username } = await createPerson();
	await visitor.post('/login', { username, password: PASSWORD });
	await visitor.post('/logout');
	await visitor.get('/public');
	expect([...visitor.cookies.keys()]).toEqual(['__Host-device']);
});
