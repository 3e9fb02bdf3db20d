import { createFollow, createMessage } from '../factories.ts';
import { createPerson, expect } from './fixtures.ts';
import { HARD_TEXTS, checkPage, checkShown } from './look.ts';
import { deployNewVersion, open, test, waitUntilSaved, waiting, write } from './writing.ts';

/* How a page looks offline and with waiting, rejected and new messages. */

for (const width of [320, 1280]) {
	test(`${width} px wide: all notices shown at once are accessible, fit and do not overlap`, async ({
		page,
		context,
		signIn,
		network,
		webServer,
		expectedErrors
	}) => {
		test.slow();
		await page.setViewportSize({ width, height: 740 });
		expectedErrors.push(/ERR_|Failed to load resource|Failed to fetch/);
		const [person, bob] = [await signIn(), await createPerson()];
		await createFollow(person.name, bob.name);
		for (const text of HARD_TEXTS) await createMessage(bob.id, text, null);
		await open(page);
		await waitUntilSaved(page, '/offline/queued');
		await createMessage(bob.id, 'told as new', null);
		await expect(page.getByRole('button', { name: '1 new message' })).toBeVisible();
		await deployNewVersion(network, webServer);
		await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
		await expect(page.getByText('A new version of MiniTwit is available')).toBeVisible();
		await context.setOffline(true);
		for (const text of ['refused', 'x'.repeat(280)]) await write(page, text);
		await context.route('**/outbox', (route) =>
			route.fulfill({
				status: 400,
				// As from the server itself.
				headers: { 'x-account': String(person.id), 'content-type': 'application/json' },
				body: '{"error":"This is refused"}'
			})
		);
		await page.evaluate(() => window.dispatchEvent(new Event('online')));
		await expect(waiting(page).getByText('This is refused')).toHaveCount(2);
		await context.unroute('**/outbox');
		await write(page, 'waits');
		await checkShown(page, 'my timeline');
		const [offer, line, bar] = await Promise.all(
			[
				page.getByText('A new version'),
				page.getByText("You're offline. What"),
				page.getByRole('navigation').first()
			].map((part) => part.boundingBox())
		);
		expect((offer?.y ?? 0) + (offer?.height ?? 0)).toBeLessThanOrEqual(line?.y ?? 0);
		if (width < 768) expect((line?.y ?? 0) + (line?.height ?? 0)).toBeLessThanOrEqual(bar?.y ?? 0);
		for (const path of ['/offline', '/offline/queued', '/not-seen']) await checkPage(page, path);
	});
}
