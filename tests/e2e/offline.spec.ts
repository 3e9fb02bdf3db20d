import type { Page } from '@playwright/test';
import { createMessage } from '../factories.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { createPerson, expect, test } from './fixtures.ts';
import { textOfStorage } from './storage.ts';

/* What was seen is read without a network; nothing of an account is shown under another. */

test.beforeEach(({ expectedErrors }) => void expectedErrors.push(/ERR_|Failed to load resource|Failed to fetch/));

async function openWithWorker(page: Page, path: string): Promise<void> {
	await page.goto(path);
	await page.evaluate(() => navigator.serviceWorker.ready);
	await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
	await page.goto(path);
}

test('timelines that were seen are read, with older pages, and say from when they are', async ({
	page,
	context,
	signIn
}) => {
	const person = await signIn();
	for (let number = 0; number < 35; number++)
		await createMessage(person.id, `number ${number} of ${person.name}`, null);
	await openWithWorker(page, '/');
	await page.getByRole('link', { name: 'Older messages' }).click();
	await expect(page.getByRole('article')).toHaveCount(35);
	await page.getByRole('navigation').getByRole('link', { name: 'Me', exact: true }).click();
	await expect(page).toHaveURL(new RegExp(encodeURIComponent(person.name)));

	await context.setOffline(true);
	await page.goto('/');
	await expect(page.getByText('Read without a network, as of')).toBeVisible();
	await expect(page.getByRole('article')).toHaveCount(30);
	await expect(page.locator('svg.identicon').first()).toBeVisible();
	await page.getByRole('link', { name: 'Older messages' }).click();
	await expect(page.getByRole('article')).toHaveCount(35);
	// Only its data was seen, on the way from another page.
	await page.goto(`/${encodeURIComponent(person.name)}`);
	await expect(page.getByRole('heading', { name: person.name })).toBeVisible();
	await expect(page.getByRole('article').first()).toContainText(`number 34 of ${person.name}`);
});

test('what was not seen says so, and offers what is there', async ({ page, context, signIn }) => {
	const person = await signIn();
	const bob = await createPerson();
	await openWithWorker(page, '/');
	await context.setOffline(true);
	await page.goto(`/${encodeURIComponent(bob.name)}`);
	await expect(page.getByRole('heading', { name: 'This page has not been seen here' })).toBeVisible();
	await page.getByRole('main').getByRole('link', { name: 'My timeline' }).click();
	await expect(page.getByRole('textbox', { name: `What's on your mind ${person.name}?` })).toBeVisible();
});

test('a network that hangs feels like none', async ({ page, signIn, webServer }) => {
	const person = await signIn();
	await createMessage(person.id, 'seen before', null);
	const proxy = await startFaultProxy(webServer.origin);
	await openWithWorker(page, proxy.origin);
	proxy.fault = 'hanging';
	await page.goto(proxy.origin);
	await expect(page.getByText('seen before')).toBeVisible();
	await expect(page.getByText('Read without a network, as of')).toBeVisible();
	await proxy.close();
});

test('what a page says once is in no copy of it', async ({ page, context, signIn }) => {
	await signIn();
	const bob = await createPerson();
	const path = `/${encodeURIComponent(bob.name)}`;
	const follow = () =>
		page.evaluate(
			(address) => fetch(`${address}/follow`, { method: 'POST', body: new URLSearchParams(), redirect: 'manual' }),
			path
		);
	const sentence = page.getByText(`You are now following "${bob.name}"`);
	const showBob = async () => {
		await page.evaluate((address) => {
			const link = Object.assign(document.createElement('a'), { href: address, textContent: 'to Bob' });
			document.querySelector('main')?.append(link);
		}, path);
		await page.getByRole('link', { name: 'to Bob' }).click();
	};
	const isKept = async (address: string) =>
		expect.poll(() => page.evaluate(async (url) => (await caches.match(url)) !== undefined, address)).toBe(true);
	await openWithWorker(page, '/public');

	// Once as data, on the way from another page, and once as a page.
	await follow();
	await showBob();
	await expect(sentence).toBeVisible();
	await isKept(`${path}/__data.json`);
	await follow();
	await page.goto(path);
	await expect(sentence).toBeVisible();
	await isKept(path);
	expect(await textOfStorage(page)).not.toContain('You are now following');

	await context.setOffline(true);
	await page.goto('/public');
	await showBob();
	await expect(page.getByRole('heading', { name: bob.name })).toBeVisible();
	await expect(sentence).toHaveCount(0);
	await page.goto(path);
	await expect(page.getByRole('heading', { name: bob.name })).toBeVisible();
	await expect(sentence).toHaveCount(0);
});

test('signing out leaves nothing behind, and signs out the other tabs', async ({ page, context, signIn }) => {
	const person = await signIn();
	await openWithWorker(page, '/');
	const other = await context.newPage();
	await openWithWorker(other, '/');
	await page.getByRole('textbox').fill('a draft');
	await page.getByRole('button', { name: 'Sign out' }).click();
	await expect(page.getByText('You were logged out')).toBeVisible();
	await expect(other).toHaveURL(/\/public$/);
	const left = await page.evaluate(async () => [...(await caches.keys()), ...Object.keys(localStorage)]);
	expect(left.filter((name) => name.endsWith(`-${person.id}`))).toEqual([]);
	await context.setOffline(true);
	await page.goto('/');
	await expect(page.getByRole('heading', { name: 'This page has not been seen here' })).toBeVisible();
});

test('signing out asks first when something waits', async ({ page, context, signIn }) => {
	await signIn();
	await openWithWorker(page, '/');
	await context.setOffline(true);
	await page.getByRole('textbox').fill('still here');
	await page.getByRole('button', { name: /^Share/ }).click();
	await expect(page.getByRole('region', { name: 'Waiting to be sent' })).toContainText('still here');
	page.once('dialog', (dialog) => {
		expect(dialog.message()).toContain('1 waiting');
		void dialog.dismiss();
	});
	await page.getByRole('button', { name: 'Sign out' }).click();
	await expect(page.getByRole('region', { name: 'Waiting to be sent' })).toContainText('still here');
});
