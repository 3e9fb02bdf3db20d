import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test as base } from '@playwright/test';
import { SQL, execute } from '#lib/server/database/database.ts';
import { SESSION_COOKIE, createSession } from '#lib/server/accounts/sessions.ts';
import { createMessage, createPerson } from '../factories.ts';
import { type Link, openLink } from '../drill/link.ts';
import { newVisitor } from './visitor.ts';
import { type WebServer, startWebServer } from './web-server.ts';
import { open } from './writing.ts';

/* What people see while the database is away, or a statement fails. */

const test = base.extend<{ server: WebServer & { link: Link } }>({
	server: async ({ browserName: _ }, use, { outputDir }) => {
		mkdirSync(outputDir, { recursive: true });
		let link: Link | undefined;
		const server = await startWebServer(join(outputDir, 'web.log'), {}, async (databaseUrl) => {
			const url = new URL(databaseUrl);
			link = await openLink(Number(url.port));
			url.port = String(link.port);
			return url.href;
		});
		if (!link) throw new Error('Expected a link');
		await use({ ...server, link });
		link.end();
		await server.remove();
	}
});

const PAGES = ['/public', '/', '/nobody/1', '/people'];

test('a statement that fails is a 500 with the number of the request, also in the data of a page', async ({
	server
}) => {
	const visitor = newVisitor(server.origin);
	await visitor.signInAs(await createPerson());
	await execute(SQL`ALTER TABLE messages RENAME TO gone`);
	const id = 'broken-2';
	for (const path of ['/public', '/']) {
		const page = await visitor.get(path, { 'x-request-id': id });
		expect([page.status, page.body.includes(id)]).toEqual([500, true]);
		const data = await visitor.get(`${path.replace(/\/$/, '')}/__data.json`, { 'x-request-id': id });
		expect([data.status, JSON.parse(data.body)]).toEqual([500, { message: 'Something went wrong on our side', id }]);
	}
	await execute(SQL`ALTER TABLE gone RENAME TO messages`);
	expect((await visitor.get('/public')).status).toBe(200);
});

test('without a database, everything is answered with 503', async ({ server }) => {
	const [visitor, user] = [newVisitor(server.origin), newVisitor(server.origin)];
	await user.signInAs(await createPerson());
	server.link.end();
	for (const path of PAGES) {
		for (const address of [path, `${path.replace(/\/$/, '')}/__data.json`]) {
			// Visitors are led from / to /public.
			for (const session of path === '/' ? [user] : [user, visitor]) {
				const { status, headers, body } = await session.get(address);
				expect([status, headers.get('retry-after')], address).toEqual([503, '1']);
				expect(body).toContain("MiniTwit can't be reached right now");
			}
		}
	}
	const fields = { username: 'somebody', password: 'a password' };
	expect((await visitor.post('/login', fields)).status).toBe(503);
	expect((await user.post('/add_message', { text: 'x' })).status).toBe(503);
	const entry = { id: crypto.randomUUID(), kind: 'message', text: 'x' };
	const headers = { 'content-type': 'application/json', origin: server.origin };
	expect((await user.send('/outbox', { method: 'POST', body: JSON.stringify(entry), headers })).status).toBe(503);
});

test('without a database, saved pages can be read, and messages wait', async ({ page, server }) => {
	const person = await createPerson();
	await createMessage(person.id, 'seen before');
	const value = await createSession(person.id);
	await page
		.context()
		.addCookies([{ name: SESSION_COOKIE, value, url: server.origin, httpOnly: true, sameSite: 'Lax' }]);
	await open(page, server.origin);
	await expect.poll(() => page.evaluate(async () => (await caches.match('/')) !== undefined)).toBe(true);
	server.link.end();
	await page.goto(server.origin);
	await expect(page.getByText('Offline copy from')).toBeVisible();
	await expect(page.getByRole('article')).toContainText('seen before');
	await page.getByRole('textbox').fill('written meanwhile');
	await page.getByRole('button', { name: 'Share' }).click();
	await expect(page.getByRole('region', { name: 'Waiting to be sent' })).toContainText('written meanwhile');
});
