import { SQL, execute } from '#lib/server/database/database.ts';
import { deleteMessage } from '#lib/server/messages/delete-message.ts';
import { messagePath } from '#lib/text/message-path.ts';
import { profilePath } from '#lib/text/profile-path.ts';
import { createMessage } from '../factories.ts';
import { createPerson, expect, goOffline, test } from './fixtures.ts';
import { newVisitor } from './visitor.ts';
import { test as testOnProxy, waitUntilSaved } from './writing.ts';

/* Each message has a page of its own. */

async function createPostOf(name: string, id: number, text: string): Promise<string> {
	return messagePath({ author_name: name, ...(await createMessage(id, text)) });
}

test('the time of a message leads to its page, which previews describe', async ({ page, webServer }) => {
	const person = await createPerson();
	const text = 'one & "only" <message>';
	const path = await createPostOf(person.name, person.id, text);
	await page.goto(profilePath(person.name));
	await page
		.getByRole('article')
		.getByRole('link')
		.filter({ has: page.locator('time') })
		.click();
	await expect(page).toHaveURL(new RegExp(`${path.slice(path.lastIndexOf('/'))}$`));
	await expect(page.getByRole('article')).toContainText(text);
	await expect(page.getByRole('link', { name: `More from ${person.name}` })).toBeVisible();

	await page.goto(path);
	const contentOf = (property: string) =>
		page.locator(`meta[property="${property}"], meta[name="${property}"]`).getAttribute('content');
	expect(await contentOf('description')).toBe(text);
	expect(await contentOf('og:description')).toBe(text);
	expect(await contentOf('og:title')).toContain(person.name);
	expect(await contentOf('og:url')).toBe(webServer.origin + path);
	expect(await contentOf('twitter:card')).toBe('summary');
	await expect(page.locator('link[rel="canonical"]')).toHaveAttribute('href', webServer.origin + path);
	const image = await newVisitor(webServer.origin).get(new URL((await contentOf('og:image')) ?? '').pathname);
	expect(image.status).toBe(200);
});

test('only the author’s address leads to a message, and nothing leads to a flagged one', async ({ webServer }) => {
	const visitor = newVisitor(webServer.origin);
	const [alice, bob] = [await createPerson(), await createPerson()];
	const path = await createPostOf(alice.name, alice.id, `by ${alice.name}`);
	const id = path.slice(path.lastIndexOf('/') + 1);
	// The page is kept for visitors: the nonce of its policy, and so its tag, stay the same.
	const visits = [await visitor.get(path), await visitor.get(path)];
	for (const { body } of visits) expect(body).toContain(`by ${alice.name}`);
	expect(visits[0]?.headers.get('etag')).toBe(visits[1]?.headers.get('etag'));
	expect(await visitor.get(`${profilePath(bob.name)}/${id}`)).toMatchObject({ status: 404 });
	for (const wrong of ['0', '00', '-1', '1e3', '9999999999999999', '99999999999999999', '9007199254740993', 'x'])
		expect(await visitor.get(`${profilePath(alice.name)}/${wrong}`), wrong).toMatchObject({ status: 404 });
	await execute(SQL`UPDATE messages SET flagged = true WHERE id = ${id}`);
	expect(await visitor.get(path)).toMatchObject({ status: 404 });
});

test('the author deletes a message, which is gone everywhere at once', async ({
	page,
	signIn,
	webServer,
	expectedErrors
}) => {
	expectedErrors.push(/410/);
	const person = await signIn();
	const visitor = newVisitor(webServer.origin);
	const path = await createPostOf(person.name, person.id, `to be deleted by ${person.name}`);
	for (const seen of [path, '/public', profilePath(person.name)])
		expect((await visitor.get(seen)).body).toContain('to be deleted by');
	expect(await visitor.get(`${path}/delete`)).toMatchObject({ status: 303 });
	await page.goto(`${path}/delete`);
	await expect(page.getByRole('heading', { name: 'Delete this message?' })).toBeVisible();
	await page.getByRole('button', { name: 'Delete' }).click();
	await expect(page.getByText('Your message was deleted')).toBeVisible();
	for (const seen of ['/public', profilePath(person.name)])
		expect((await visitor.get(seen)).body).not.toContain('to be deleted by');
	expect(await visitor.get(path)).toMatchObject({ status: 410 });
	await page.goto(path);
	await expect(page.getByRole('heading', { name: 'This message was deleted' })).toBeVisible();
});

test('an address with the prefix of users still leads to a user whose name is a number', async ({ webServer }) => {
	const name = String(Date.now());
	await createPerson({ name });
	const { status, body } = await newVisitor(webServer.origin).get(`/u/${name}`);
	expect(status).toBe(200);
	expect(body).toMatch(new RegExp(`<h1[^>]*>${name}</h1>`));
});

testOnProxy('a message that was seen can be read offline', async ({ page, expectedErrors }) => {
	expectedErrors.push(/ERR_|Failed to load resource|Failed to fetch/);
	const person = await createPerson();
	const path = await createPostOf(person.name, person.id, 'to be read on a train');
	await page.goto('/public');
	await page.evaluate(() => navigator.serviceWorker.ready);
	await page.goto(path);
	await waitUntilSaved(page, path);
	await goOffline(page);
	await page.reload();
	await expect(page.getByRole('article')).toContainText('to be read on a train');
	await expect(page.getByText('Offline copy from')).toBeVisible();
	await page.goto('/not-seen');
	await page.getByRole('link', { name: `${person.name}: a message` }).click();
	await expect(page.getByRole('article')).toContainText('to be read on a train');
});

testOnProxy(
	'the copy of a message is deleted once its page says that it was deleted',
	async ({ page, expectedErrors }) => {
		expectedErrors.push(/ERR_|Failed to load resource|Failed to fetch|410/);
		const person = await createPerson();
		const path = await createPostOf(person.name, person.id, 'to be forgotten');
		await page.goto('/public');
		await page.evaluate(() => navigator.serviceWorker.ready);
		await page.goto(path);
		await waitUntilSaved(page, path);
		await deleteMessage({ ...person, address: '::1' }, Number(path.slice(path.lastIndexOf('/') + 1)), null);
		await page.reload();
		await expect(page.getByRole('heading', { name: 'This message was deleted' })).toBeVisible();
		expect(await page.evaluate(async (url) => (await caches.match(url)) === undefined, path)).toBe(true);
		await goOffline(page);
		await page.goto(path);
		await expect(page.getByRole('heading', { name: /This message was deleted|isn't saved/ })).toBeVisible();
		await expect(page.getByText('to be forgotten')).toHaveCount(0);
	}
);
