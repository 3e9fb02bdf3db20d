import type { Route } from '@playwright/test';
import { createPerson, expect, gotoHydrated, test } from './fixtures.ts';
import { profilePath } from '#lib/text/profile-path.ts';

/* Requests in progress on a page that is left. */

// Their requests would not pass the routes of the test.
test.use({ serviceWorkers: 'block', expectedErrors: [/^Service Worker registration blocked/] });

test('a link leads to its page while a follow is being sent', async ({ page, signIn }) => {
	await signIn();
	const path = profilePath((await createPerson()).name);
	await gotoHydrated(page, path);
	const data = page.waitForRequest(/\/followers\/__data\.json/);
	const answer = page.waitForResponse(/\/outbox$/);
	await page.route(/\/outbox$/, async (route) => {
		await data;
		await route.continue();
	});
	await page.route(/\/followers\/__data\.json/, async (route) => {
		await (await answer).finished();
		await route.continue();
	});
	await page.getByRole('button', { name: 'Follow', exact: true }).click();
	await page
		.getByRole('main')
		.getByRole('link', { name: /follower/ })
		.click();
	await expect(page).toHaveURL(`${path}/followers`);
	await expect(page.getByRole('main').locator('[aria-current=page]')).toHaveText('1 follower');
});

test('a link that is followed while the page is being loaded again leads to its page', async ({ page, signIn }) => {
	await signIn();
	const path = profilePath((await createPerson()).name);
	await gotoHydrated(page, path);
	const pageData = (url: URL) => url.pathname === `${path}/__data.json` && url.search === '';
	const answer = page.waitForResponse((response) => pageData(new URL(response.url())));
	const begun = page.waitForRequest(/\/followers\/__data\.json/);
	const followLink = async (route: Route) => {
		const link = page.getByRole('main').getByRole('link', { name: /follower/ });
		await Promise.all([link.click(), begun]);
		await route.continue();
	};
	await page.route(pageData, followLink, { times: 1 });
	await page.route(/\/followers\/__data\.json/, async (route) => {
		await answer;
		// The page goes on with what it does after this answer.
		await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
		await route.continue();
	});
	await page.getByRole('button', { name: 'Follow', exact: true }).click();
	await expect(page).toHaveURL(`${path}/followers`);
	await expect(page.getByRole('main').locator('[aria-current=page]')).toHaveText('1 follower');
});

test('a navigation that was cancelled holds up no reload', async ({ page, signIn }) => {
	await signIn();
	const path = profilePath((await createPerson()).name);
	await gotoHydrated(page, path);
	await page.getByRole('link', { name: 'Skip to content' }).press('Enter');
	await expect(page).toHaveURL(`${path}#main`);
	const begun = page.waitForRequest(/\/followers\/__data\.json/);
	const left = Promise.withResolvers<null>();
	await page.route(/\/followers\/__data\.json/, async (route) => {
		await left.promise;
		await route.continue();
	});
	const answer = page.waitForResponse(/\/followers\/__data\.json/);
	const link = page.getByRole('main').getByRole('link', { name: /follower/ });
	await Promise.all([link.click(), begun]);
	await page.goBack();
	await expect(page).toHaveURL(path);
	left.resolve(null);
	await answer;
	const reloads: string[] = [];
	page.on('request', (request) => request.url().endsWith(`${path}/__data.json`) && reloads.push(request.url()));
	await page.getByRole('button', { name: 'Follow', exact: true }).click();
	await expect(page.getByRole('main')).toContainText('1 follower');
	expect(reloads).toHaveLength(1);
});
