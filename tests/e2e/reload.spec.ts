import type { Page } from '@playwright/test';
import { COPY_HEADER } from '#lib/http/flash-header.ts';
import { dataPath } from '#lib/offline/saved-pages.ts';
import { profilePath } from '#lib/text/profile-path.ts';
import { createMessage } from '../factories.ts';
import { createPerson, expect, gotoHydrated, untilHydrated } from './fixtures.ts';
import { open, test, waitUntilSaved, wakeUp, write } from './writing.ts';

/* Pages that are loaded again after a change, and those that can't be, because the network has ended since. */

test.beforeEach(({ expectedErrors }) => void expectedErrors.push(/ERR_|Failed to load resource|Failed to fetch/));

/** Collects what the main part of this document shows from now on. */
async function recordTexts(page: Page): Promise<void> {
	await page.evaluate(() => {
		const main = document.querySelector('main') as HTMLElement;
		const texts = [main.innerText];
		Object.assign(window, { texts });
		new MutationObserver(() => texts.push(main.innerText)).observe(main, { subtree: true, childList: true });
	});
}

/** Returns what was collected. @throws if another document was loaded meanwhile */
async function recordedTexts(page: Page): Promise<string[]> {
	const texts = await page.evaluate(() => (window as unknown as { texts?: string[] }).texts);
	if (!texts) throw new Error('Another document was loaded.');
	return texts;
}

const isForData = (exchange: { url(): string }) => exchange.url().includes('__data.json');

for (const isSaved of [true, false]) {
	test(`a follow stays shown if the data of the page ${isSaved ? 'is an older copy' : 'cannot be had'}`, async ({
		page,
		signIn,
		network
	}) => {
		await signIn();
		const path = profilePath((await createPerson()).name);
		await open(page, path);
		await untilHydrated(page);
		if (isSaved) {
			await page.evaluate((address) => fetch(address), dataPath(new URL(path, network.origin)));
			await waitUntilSaved(page, dataPath(new URL(path, network.origin)));
		}
		network.fault = 'no page data';
		const answered = isSaved ? page.waitForResponse(isForData) : page.waitForEvent('requestfailed', isForData);
		await page.getByRole('button', { name: 'Follow', exact: true }).click();
		await expect(page.getByRole('button', { name: 'Unfollow' })).toBeVisible();
		await recordTexts(page);
		await answered;
		network.fault = 'none';
		await wakeUp(page);
		await expect(page.getByRole('main')).toContainText('1 follower');
		for (const text of await recordedTexts(page)) expect(text).toContain('Unfollow');
	});
}

test('a message that was sent stays shown if the page cannot be loaded again', async ({ page, signIn, network }) => {
	await signIn();
	await open(page);
	network.fault = 'no page data';
	const failed = page.waitForEvent('requestfailed', isForData);
	await write(page, 'on the train');
	await expect(page.getByRole('article').filter({ hasText: 'on the train' })).toBeVisible();
	await recordTexts(page);
	await failed;
	network.fault = 'none';
	const again = page.waitForResponse(isForData);
	await wakeUp(page);
	await again;
	for (const text of await recordedTexts(page)) expect(text).toContain('on the train');
});

test('new messages that cannot be loaded leave the page as it is, and a notice says so', async ({ page, network }) => {
	const { id } = await createPerson();
	await open(page, '/public');
	await untilHydrated(page);
	await createMessage(id, 'meanwhile');
	const button = page.getByRole('button', { name: /new messages?$/ });
	await expect(button).toBeVisible();
	await recordTexts(page);
	network.fault = 'no page data';
	await button.click();
	await expect(page.getByText("Couldn't load the new messages.")).toBeVisible();
	network.fault = 'none';
	await button.click();
	await expect(button).toHaveCount(0);
	await recordedTexts(page);
});

test('a follow in one tab changes the number of followers in another', async ({ page, context, signIn }) => {
	await signIn();
	const path = profilePath((await createPerson()).name);
	const other = await context.newPage();
	await open(page, path);
	await open(other, path);
	await untilHydrated(other);
	await page.getByRole('button', { name: 'Follow', exact: true }).click();
	for (const tab of [page, other]) await expect(tab.getByRole('main')).toContainText('1 follower');
});

test('a request for a copy is answered once the copy is saved', async ({ page, signIn, network }) => {
	const { id } = await signIn();
	await open(page, '/public');
	const address = dataPath(new URL('/public', network.origin));
	for (let count = 0; count < 10; count++) {
		const text = `message ${count} ${crypto.randomUUID()}`;
		await createMessage(id, text, null);
		const copy = await page.evaluate(
			async ([url, name, value]) => {
				await fetch(url, { headers: { [name]: value } });
				return (await caches.match(url))?.text();
			},
			[address, COPY_HEADER, 'yes'] as const
		);
		expect(copy).toContain(text);
	}
});

test.describe('without a service worker', () => {
	// Playwright doesn't see what a page requests through one.
	test.use({ serviceWorkers: 'block' });
	test.beforeEach(({ expectedErrors }) => void expectedErrors.push(/Service Worker registration blocked/));

	test('what another tab sends while the page is loaded again stays', async ({ page, context, signIn }) => {
		const bob = await createPerson();
		await signIn();
		const other = await context.newPage();
		const loaded = Promise.withResolvers<null>();
		const unfollowed = Promise.withResolvers<null>();
		await page.route('**/__data.json?x-sveltekit-invalidated*', async (route) => {
			const response = await route.fetch();
			loaded.resolve(null);
			await unfollowed.promise;
			await route.fulfill({ response });
		});
		for (const tab of [page, other]) await gotoHydrated(tab, `/${bob.name}`);
		await page.getByRole('button', { name: 'Follow', exact: true }).click();
		await loaded.promise;
		await other.getByRole('button', { name: 'Unfollow' }).click();
		await expect(page.getByText('You are no longer following')).toBeVisible();
		await page.route('**/__data.json', (route) => route.abort());
		unfollowed.resolve(null);
		await expect(page.getByText('1 follower')).toBeVisible();
		await expect(page.getByRole('button', { name: 'Follow', exact: true })).toBeVisible();
	});

	test('a page shows what another tab has sent while the page was being requested', async ({
		page,
		context,
		signIn
	}) => {
		await signIn();
		const other = await context.newPage();
		await gotoHydrated(other, '/');
		await page.route('/', async (route) => {
			const response = await route.fetch();
			await write(other, 'meanwhile');
			await expect(other.getByText('Your message was recorded')).toBeVisible();
			await route.fulfill({ response });
		});
		await page.goto('/');
		await expect(page.getByRole('article').filter({ hasText: 'meanwhile' })).toHaveCount(1);
	});
});
