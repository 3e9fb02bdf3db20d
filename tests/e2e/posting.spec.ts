import type { Page } from '@playwright/test';
import { createMessage } from '../factories.ts';
import { createPerson, expect, gotoHydrated, test } from './fixtures.ts';
import { textsOf } from './texts.ts';

/* Posting a message changes nothing on the page but to show the message. */

test.beforeEach(({ expectedErrors }) => void expectedErrors.push(/ERR_|Failed to load resource|Failed to fetch/));

/** Records on each change of the page where its parts are, and whether a message is shown as waiting. */
async function watchPositions(page: Page): Promise<() => Promise<{ tops: string[]; hasWaited: boolean }>> {
	await page.evaluate(() => {
		const found = { tops: new Set<string>(), hasWaited: false };
		const note = () => {
			const tops = ['h1', 'form textarea', '[role=feed]'].map((part) =>
				Math.round(document.querySelector(part)?.getBoundingClientRect().top ?? -1)
			);
			found.tops.add(tops.join(' '));
			found.hasWaited ||= document.querySelector('[aria-label="Waiting to be sent"]') !== null;
		};
		note();
		new MutationObserver(note).observe(document.body, { subtree: true, childList: true, attributes: true });
		Object.assign(window, { found });
	});
	return () =>
		page.evaluate(() => {
			const { found } = window as unknown as { found: { tops: Set<string>; hasWaited: boolean } };
			return { tops: [...found.tops], hasWaited: found.hasWaited };
		});
}

for (const hasOutbox of [true, false]) {
	for (const width of [390, 1280]) {
		test(`posting shifts nothing, ${width} px wide, ${hasOutbox ? 'with the outbox' : 'with the form'}`, async ({
			page,
			signIn
		}) => {
			await page.setViewportSize({ width, height: 800 });
			const person = await signIn();
			await createMessage(person.id, 'first', null);
			await page.clock.install();
			// As over plain HTTP.
			if (!hasOutbox) await page.addInitScript('delete Navigator.prototype.locks');
			await gotoHydrated(page, '/');
			// The timers are paused: 400 ms do not pass, however slow the machine is.
			await page.clock.pauseAt(new Date(Date.now() + 3_600_000));
			await page.getByRole('textbox').fill('second');
			const read = await watchPositions(page);
			await page.getByRole('textbox').press('Control+Enter');
			await expect(page.getByRole('article').first()).toContainText('second');
			const notice = page.getByText('Your message was recorded');
			await expect(notice).toBeVisible();
			await page.clock.runFor(6_000);
			await expect(notice).toHaveCount(0);
			const { tops, hasWaited } = await read();
			expect(tops).toHaveLength(1);
			expect(hasWaited).toBe(false);
		});
	}
}

test('a message that is not recorded within 400 ms is shown as waiting, and never twice', async ({ page, signIn }) => {
	await signIn();
	await page.clock.install();
	await gotoHydrated(page, '/');
	let answer = () => {};
	const isAnswered = new Promise<void>((resolve) => (answer = resolve));
	await page.route('**/outbox', async (route) => {
		await isAnswered;
		return route.continue();
	});
	await page.clock.pauseAt(new Date(Date.now() + 3_600_000));
	const isSent = page.waitForRequest('**/outbox');
	await page.getByRole('textbox').fill('slow');
	await page.getByRole('textbox').press('Control+Enter');
	await isSent;
	const waiting = page.getByRole('region', { name: 'Waiting to be sent' });
	await page.clock.runFor(399);
	await expect(waiting).toHaveCount(0);
	await page.clock.runFor(1);
	await expect(waiting).toContainText('slow');
	answer();
	await expect(page.getByRole('article')).toContainText('slow');
	await expect(waiting).toHaveCount(0);
	expect(await page.getByText('slow', { exact: true }).count()).toBe(1);
});

test('the user’s own message is listed by its id on every page and pinned to none', async ({ page, signIn }) => {
	const [person, bob] = [await signIn(), await createPerson()];
	const text = `my own ${crypto.randomUUID()}`;
	const articles = page.getByRole('article');
	const goTo = (name: string) =>
		page.getByRole('navigation').first().getByRole('link', { name, exact: true }).dispatchEvent('click');
	for (let number = 0; number < 3; number++) await createMessage(bob.id, `before ${number}`, null);
	await gotoHydrated(page, '/');
	await page.getByRole('textbox').fill(text);
	await page.getByRole('textbox').press('Control+Enter');
	await expect(articles.first()).toContainText(text);

	for (let number = 0; number < 3; number++) await createMessage(bob.id, `after ${number}`, null);
	await goTo('Everyone');
	await expect(articles.nth(2)).toContainText('after 0');
	await expect(articles.nth(3)).toContainText(text);
	await expect(articles.nth(4)).toContainText('before 2');

	for (let number = 3; number < 35; number++) await createMessage(bob.id, `after ${number}`, null);
	await goTo('Profile');
	await expect(page.getByRole('heading', { name: person.name })).toBeVisible();
	await expect(articles).toHaveCount(1);
	await goTo('Everyone');
	await expect(articles.first()).toContainText('after 34');
	await expect(page.getByText(text)).toHaveCount(0);
	// It appears once, on the page it belongs to.
	await page.getByRole('link', { name: 'Older messages' }).click();
	await expect(page.getByText(text)).toHaveCount(1);
	const texts = await articles.allTextContents();
	expect(texts.findIndex((shown) => shown.includes(text))).toBe(35);
});

for (const hasOutbox of [true, false]) {
	test(`text typed while a message is ${hasOutbox ? 'stored' : 'sent'} belongs to the next one`, async ({
		page,
		signIn
	}) => {
		const person = await signIn();
		if (!hasOutbox) await page.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'locks'));
		const textbox = page.getByRole('textbox');
		await gotoHydrated(page, '/');
		await textbox.fill('first');
		// In one task, so that nothing can be stored or sent in between.
		await textbox.evaluate((element: HTMLTextAreaElement) => {
			element.form?.requestSubmit();
			element.value += ' second';
			element.dispatchEvent(new InputEvent('input', { bubbles: true }));
		});
		await expect(textbox).toHaveValue(' second');
		await expect.poll(() => textsOf(person)).toEqual(['first']);
		await page.reload();
		await expect(textbox).toHaveValue(' second');
	});
}
