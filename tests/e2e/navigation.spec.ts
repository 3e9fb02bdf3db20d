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
