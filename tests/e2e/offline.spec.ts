import type { Page } from '@playwright/test';
import { deleteSessionsOf } from '#lib/server/accounts/sessions.ts';
import { createMessage } from '../factories.ts';
import { startFaultProxy } from './fault-proxy.ts';
import {
	type Person,
	blockEventStream,
	createPerson,
	expect,
	goOffline,
	gotoOffline,
	gotoHydrated,
	gotoWatched,
	stopWorkers
} from './fixtures.ts';
import { textOfStorage } from './storage.ts';
import { open, test, typeDraft } from './writing.ts';

/* Visited pages can be read offline; nothing of one account is shown to another. */

test.beforeEach(({ expectedErrors }) => void expectedErrors.push(/ERR_|Failed to load resource|Failed to fetch/));

test('visited timelines can be read offline, including older pages, and show when they were saved', async ({
	page,
	signIn
}) => {
	const person = await signIn();
	for (let number = 0; number < 35; number++)
		await createMessage(person.id, `number ${number} of ${person.name}`, null);
	await open(page);
	await page.getByRole('link', { name: 'Older messages' }).click();
	await expect(page.getByRole('article')).toHaveCount(35);
	await page.getByRole('navigation').getByRole('link', { name: 'Profile', exact: true }).click();
	await expect(page).toHaveURL(new RegExp(encodeURIComponent(person.name)));

	await goOffline(page);
	await page.goto('/');
	await expect(page.getByText('Offline copy from')).toBeVisible();
	await expect(page.getByRole('article')).toHaveCount(30);
	await expect(page.locator('svg.identicon').first()).toBeVisible();
	await page.getByRole('link', { name: 'Older messages' }).click();
	await expect(page.getByRole('article')).toHaveCount(35);
	// Only its data was loaded, by a client-side navigation.
	await page.goto(`/${encodeURIComponent(person.name)}`);
	await expect(page.getByRole('heading', { name: person.name })).toBeVisible();
	await expect(page.getByRole('article').first()).toContainText(`number 34 of ${person.name}`);
});

test('when the network is back, a copy is replaced at the top of the page, and elsewhere on request', async ({
	page,
	context,
	signIn
}) => {
	const person = await signIn();
	for (let number = 0; number < 30; number++) await createMessage(person.id, `number ${number}`, null);
	await open(page);
	const copy = page.getByText('Offline copy from');
	for (const [scroll, text] of [
		[0, 'while away'],
		[2_000, 'while away again']
	] as const) {
		await goOffline(page);
		await gotoOffline(page, '/');
		await expect(copy).toBeVisible();
		await expect(page.getByRole('button', { name: 'Refresh' })).toHaveCount(0);
		await createMessage(person.id, text, null);
		await page.evaluate((top) => window.scrollTo(0, top), scroll);
		await context.setOffline(false);
		if (scroll > 0) await page.getByRole('button', { name: 'Refresh' }).click();
		await expect(page.getByRole('article').first()).toContainText(text);
		await expect(copy).toHaveCount(0);
	}
});

test('a page that was not visited says so and offers the saved pages', async ({ page, signIn }) => {
	const person = await signIn();
	const bob = await createPerson();
	await open(page);
	await goOffline(page);
	await page.goto(`/${encodeURIComponent(bob.name)}`);
	await expect(page.getByRole('heading', { name: "This page isn't saved on this device" })).toBeVisible();
	await expect(page.getByText('Offline copy from')).toHaveCount(0);
	await page.getByRole('main').getByRole('link', { name: 'My timeline' }).click();
	await expect(page.getByRole('textbox', { name: `What's on your mind ${person.name}?` })).toBeVisible();
});

test('a visitor, who cannot write, reads only that there is no network', async ({ page }) => {
	await open(page, '/public');
	await goOffline(page);
	await expect(page.getByText("You're offline", { exact: false })).toHaveText("You're offline.");
	await page.goto('/nobody-seen');
	await expect(page.getByText("You're offline, or MiniTwit can't be reached.")).toBeVisible();
	await expect(page.getByText('What you write')).toHaveCount(0);
});

test('a hanging network is treated as offline', async ({ page, signIn, webServer }) => {
	const person = await signIn();
	await createMessage(person.id, 'seen before', null);
	const proxy = await startFaultProxy(webServer.origin);
	await open(page, proxy.origin);
	proxy.fault = 'hanging';
	await page.goto(proxy.origin);
	await expect(page.getByText('seen before')).toBeVisible();
	await expect(page.getByText('Offline copy from')).toBeVisible();
	await proxy.close();
});

test('a notice that is shown once is not saved with its page', async ({ page, signIn }) => {
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
	const expectSaved = async (address: string) =>
		expect.poll(() => page.evaluate(async (url) => (await caches.match(url)) !== undefined, address)).toBe(true);
	await open(page);
	// Hydration would remove the added link.
	await gotoHydrated(page, '/public');

	// Once as data, by a client-side navigation, and once as a page.
	await follow();
	await showBob();
	await expect(sentence).toBeVisible();
	await expectSaved(`${path}/__data.json`);
	await follow();
	await page.goto(path);
	await expect(sentence).toBeVisible();
	await expectSaved(path);
	expect(await textOfStorage(page)).not.toContain('You are now following');

	await goOffline(page);
	await page.goto('/public');
	await expect(page.getByText('Offline copy from')).toBeVisible();
	await showBob();
	await expect(page.getByRole('heading', { name: bob.name })).toBeVisible();
	await expect(sentence).toHaveCount(0);
	await page.goto(path);
	await expect(page.getByRole('heading', { name: bob.name })).toBeVisible();
	await expect(sentence).toHaveCount(0);
});

test('signing out leaves nothing behind and signs out the other tabs', async ({ page, context, signIn }) => {
	const person = await signIn();
	await open(page);
	const other = await context.newPage();
	await open(other);
	await typeDraft(page, 'a draft');
	await page.getByRole('button', { name: 'Sign out' }).click();
	await expect(page.getByText('You were logged out')).toBeVisible();
	await expect(other).toHaveURL(/\/public$/);
	const left = await page.evaluate(async () => [...(await caches.keys()), ...Object.keys(localStorage)]);
	expect(left.filter((name) => name.endsWith(`-${person.id}`))).toEqual([]);
	await goOffline(page);
	await page.goto('/add_message');
	await expect(page.getByRole('heading', { name: "This page isn't saved on this device" })).toBeVisible();
});

/** Resolves to the cache of an account's pages and the URLs that the browser records for it. */
function pagesOf({ id }: Person, page: Page): Promise<string[]> {
	return page
		.evaluate(async (cacheName) => {
			const kept = (await caches.has(cacheName)) ? [cacheName] : [];
			// Opening the database would create it.
			if (!(await indexedDB.databases()).some(({ name }) => name === 'workbox-expiration')) return kept;
			const database = await new Promise<IDBDatabase>((resolve, reject) => {
				const opening = indexedDB.open('workbox-expiration');
				opening.onsuccess = () => resolve(opening.result);
				opening.onerror = () => reject(opening.error);
			});
			const entries = await new Promise<{ cacheName: string; url: string }[]>((resolve, reject) => {
				const reading = database.transaction('cache-entries').objectStore('cache-entries').getAll();
				reading.onsuccess = () => resolve(reading.result);
				reading.onerror = () => reject(reading.error);
			});
			database.close();
			const addresses = entries.filter((entry) => entry.cacheName === cacheName).map(({ url }) => url);
			return [...kept, ...addresses];
		}, `pages-${id}`)
		.catch(() => ['on the way to another page']);
}

/** Opens a page with saved copies and a draft. Its stream, which would report changes elsewhere, is blocked. */
async function openWithDraft(page: Page, person: Person) {
	await page.route('**/events?*', (route) => route.abort());
	await open(page);
	await page.reload();
	await expect.poll(() => pagesOf(person, page)).toContain(page.url());
	await typeDraft(page, 'a draft');
}

async function expectDraftAlone(page: Page, person: Person) {
	// The document may be replaced by a visitor's at any moment.
	await expect(async () => {
		expect(await pagesOf(person, page)).toEqual([]);
		expect(await page.evaluate((key) => localStorage.getItem(key), `draft-${person.id}`)).toContain('a draft');
	}).toPass();
	await goOffline(page);
	await page.goto('/add_message');
	await expect(page.getByRole('heading', { name: "This page isn't saved on this device" })).toBeVisible();
}

const REQUESTS: [string, (page: Page) => Promise<unknown>][] = [
	['a page request', (page) => page.goto('/public')],
	['a request for a page that is not saved', (page) => page.goto('/login')],
	['a data request', (page) => page.getByRole('navigation').getByRole('link', { name: 'Everyone' }).click()]
];
for (const [what, ask] of REQUESTS) {
	test(`after a session ends elsewhere, the response to ${what} removes its saved pages`, async ({ page, signIn }) => {
		const person = await signIn();
		await blockEventStream(page);
		await openWithDraft(page, person);
		await stopWorkers(page);
		await deleteSessionsOf(person.id);
		await ask(page);
		await expectDraftAlone(page, person);
	});
}

test('after a session ends elsewhere, sending a message removes its saved pages, and the message waits', async ({
	page,
	signIn
}) => {
	const person = await signIn();
	await blockEventStream(page);
	await openWithDraft(page, person);
	await goOffline(page);
	await page.getByRole('textbox').fill('for later');
	await page.getByRole('button', { name: /^Share/ }).click();
	await typeDraft(page, 'a draft');
	await deleteSessionsOf(person.id);
	await page.context().setOffline(false);
	await expect(page.getByRole('link', { name: `Log in as ${person.name} to send` })).toBeVisible();
	await expectDraftAlone(page, person);
	await page.context().setOffline(false);
	await signIn(person);
	await page.goto('/');
	await expect(page.getByRole('article')).toContainText('for later');
});

test('after a session ends elsewhere, the stream notifies an open page, which becomes a visitor’s', async ({
	page,
	signIn
}) => {
	const person = await signIn();
	await gotoWatched(page, '/');
	await deleteSessionsOf(person.id);
	await expect(page).toHaveURL(/\/public$/);
	await expect(page.getByRole('navigation').getByRole('link', { name: 'Log in' })).toBeVisible();
	await expect.poll(() => pagesOf(person, page)).toEqual([]);
});

test('signing out asks for confirmation if a message is waiting', async ({ page, signIn }) => {
	await signIn();
	await open(page);
	await goOffline(page);
	await page.getByRole('textbox').fill('still here');
	await page.getByRole('button', { name: /^Share/ }).click();
	await expect(page.getByRole('region', { name: 'Waiting to be sent' })).toContainText('still here');
	page.once('dialog', (dialog) => {
		expect(dialog.message()).toBe("1 message hasn't been sent. Sign out and delete it?");
		void dialog.dismiss();
	});
	await page.getByRole('button', { name: 'Sign out' }).click();
	await expect(page.getByRole('region', { name: 'Waiting to be sent' })).toContainText('still here');
});
