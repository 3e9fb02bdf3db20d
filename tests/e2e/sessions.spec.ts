import { SESSION_COOKIE, deleteSessionsOf } from '#lib/server/sessions.ts';
import { PASSWORD } from '../factories.ts';
import { createPerson, expect, test } from './fixtures.ts';
import { newVisitor } from './visitor.ts';

test('after a log-out over plain HTTP no cookie is left, and pages are those of a visitor again', async ({
	webServer
}) => {
	const visitor = newVisitor(webServer.origin);
	const { name: username } = await createPerson();
	await visitor.post('/login', { username, password: PASSWORD });
	await visitor.post('/logout');
	expect((await visitor.get('/public')).body).toContain('You were logged out');
	expect([...visitor.cookies.keys()]).toEqual([]);
	expect((await visitor.get('/public')).headers.get('cache-control')).toBeNull();
});

test('the cookie of a session that has ended is deleted over plain HTTP', async ({ webServer }) => {
	const visitor = newVisitor(webServer.origin);
	const person = await createPerson();
	await visitor.signInAs(person);
	await deleteSessionsOf(person.id);
	await visitor.get('/public');
	expect([...visitor.cookies.keys()]).toEqual([]);
});

test('logging in ends the session that the browser had, of whomever it was', async ({ webServer }) => {
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
