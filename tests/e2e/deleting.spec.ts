import type { Locator, Page } from '@playwright/test';
import { findMessage } from '#lib/server/messages/find-message.ts';
import { UNDO_MS } from '#lib/outbox/entries.ts';
import { messagePath } from '#lib/text/message-path.ts';
import { profilePath } from '#lib/text/profile-path.ts';
import { createMessage } from '../factories.ts';
import { type Person, createPerson, expect, goOffline } from './fixtures.ts';
import { expectArrived, open, test, waiting, waitUntilSaved, write } from './writing.ts';

/* Messages are deleted through the outbox, at once for the eye and after a time in which that can be undone. */

test.beforeEach(({ expectedErrors }) => void expectedErrors.push(/ERR_|Failed to load resource|Failed to fetch/));

const messageOf = (page: Page, text: string): Locator => page.getByRole('article').filter({ hasText: text });

async function post({ id, name }: Person, text: string) {
	return { author_name: name, ...(await createMessage(id, text, null)) };
}

/** Opens the menu of a message, and chooses an action. */
async function choose(page: Page, text: string, action: string): Promise<void> {
	await messageOf(page, text).hover();
	await messageOf(page, text).getByRole('link', { name: 'Message actions' }).click();
	await page.getByRole('dialog').getByRole('button', { name: action }).click();
	await expect(page.getByRole('dialog')).toHaveCount(0);
}

const isDeleted = async ({ author_name, id }: { author_name: string; id: number }) =>
	(await findMessage(author_name, id)) === 'deleted';

test('a deleted message is hidden at once, comes back if that is undone, and is gone for everyone afterwards', async ({
	page,
	browser,
	signIn,
	webServer
}) => {
	const person = await signIn();
	const message = await post(person, 'thought better of it');
	const context = await browser.newContext({ baseURL: webServer.origin });
	const reader = await context.newPage();
	const watching = reader.waitForResponse(/\/events\?/);
	await reader.goto(profilePath(person.name));
	await watching;
	await page.clock.install();
	await open(page);

	await choose(page, 'thought better of it', 'Delete');
	await expect(messageOf(page, 'thought better of it')).toHaveCount(0);
	await expect(page.getByRole('button', { name: 'Undo' })).toBeFocused();
	await page.keyboard.press('Enter');
	await expect(messageOf(page, 'thought better of it')).toBeVisible();
	expect(await page.evaluate(() => document.activeElement?.tagName)).not.toBe('BODY');
	await page.clock.runFor(2 * UNDO_MS);
	await expect(messageOf(reader, 'thought better of it')).toBeVisible();
	expect(await isDeleted(message)).toBe(false);

	await choose(page, 'thought better of it', 'Delete');
	await page.clock.runFor(UNDO_MS + 1_000);
	await expect.poll(() => isDeleted(message)).toBe(true);
	// On the page of somebody else, which was open all the time.
	await expect(messageOf(reader, 'thought better of it')).toHaveCount(0);
	await expect(page.getByRole('button', { name: 'Undo' })).toHaveCount(0);
	await page.reload();
	await expect(page.getByRole('article')).toHaveCount(0);
	await context.close();
});

test('a deletion that is being sent cannot be undone, and the page says so', async ({ page, signIn }) => {
	const person = await signIn();
	await post(person, 'gone');
	await page.clock.install();
	await open(page);
	await page.clock.pauseAt(Date.now() + 60_000);
	await choose(page, 'gone', 'Delete');
	await markAsSending(page);
	await page.getByRole('button', { name: 'Undo' }).click();
	await expect(page.getByText("That was too late: it's being deleted")).toBeVisible();
});

/** Does what a sender does first with all entries. */
function markAsSending(page: Page): Promise<void> {
	return page.evaluate(
		() =>
			new Promise((resolve, reject) => {
				const opened = indexedDB.open('minitwit');
				opened.onsuccess = () => {
					const transaction = opened.result.transaction('outbox', 'readwrite');
					transaction.objectStore('outbox').openCursor().onsuccess = ({ target }) => {
						const cursor = (target as IDBRequest<IDBCursorWithValue | null>).result;
						cursor?.update({ ...cursor.value, state: 'sending' });
						cursor?.continue();
					};
					transaction.oncomplete = () => resolve();
					transaction.onerror = () => reject(transaction.error);
					opened.result.close();
				};
			})
	);
}

test('a message is deleted offline, also after the tab was closed, and holds up no post', async ({
	page,
	context,
	signIn
}) => {
	const person = await signIn();
	const message = await post(person, 'written on land');
	await context.clock.install();
	await open(page);
	await waitUntilSaved(page, '/');
	await goOffline(page);
	await choose(page, 'written on land', 'Delete');
	await write(page, 'written at sea');
	await page.close();
	const other = await context.newPage();
	await other.goto('/');
	await expect(other.getByText('Offline copy from')).toBeVisible();
	await expect(messageOf(other, 'written on land')).toHaveCount(0);
	await expect(waiting(other)).toContainText('written at sea');
	await context.clock.runFor(2 * UNDO_MS);
	await expect(waiting(other).getByText('Delete “written on land”')).toBeVisible();
	await context.setOffline(false);
	await expect.poll(() => isDeleted(message)).toBe(true);
	// The text of the deleted one is erased.
	await expectArrived(person, ['', 'written at sea']);
	await expect(messageOf(other, 'written at sea')).toBeVisible();
	await expect(waiting(other)).toHaveCount(0);
});

test('a message that waits is discarded, restored at its place, and edited', async ({ page, context, signIn }) => {
	const person = await signIn();
	await open(page);
	await waitUntilSaved(page, '/add_message');
	await goOffline(page);
	for (const text of ['one', 'two', 'three']) await write(page, text);
	const entries = waiting(page).locator('.text');
	await expect(entries).toHaveText(['one', 'two', 'three']);
	await waiting(page).getByRole('button', { name: 'Discard' }).first().click();
	await expect(entries).toHaveText(['two', 'three']);
	await expect(page.getByRole('button', { name: 'Undo' })).toBeFocused();
	await page.keyboard.press('Enter');
	await expect(entries).toHaveText(['one', 'two', 'three']);
	await waiting(page).getByRole('button', { name: 'Discard' }).nth(1).click();
	await expect(entries).toHaveText(['one', 'three']);
	await waiting(page).getByRole('button', { name: 'Edit' }).nth(1).click();
	await expect(page.getByRole('textbox')).toHaveValue('three');
	await write(page, 'three, mended');
	await context.setOffline(false);
	await expectArrived(person, ['one', 'three, mended']);
});

test('the menu copies the link, is for the author only where it deletes, and closes without effect', async ({
	page,
	context,
	signIn,
	network
}) => {
	await context.grantPermissions(['clipboard-read', 'clipboard-write']);
	const [person, bob] = [await signIn(), await createPerson()];
	// Other tests of the worker write to the same public timeline.
	const [mine, notMine] = [`my own, ${person.name}`, `not mine, ${person.name}`];
	await post(person, mine);
	const theirs = await post(bob, notMine);
	await page.goto('/public');
	await choose(page, notMine, 'Copy link');
	await expect(page.getByText('Link copied')).toBeVisible();
	expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(network.origin + messagePath(theirs));
	const more = messageOf(page, notMine).getByRole('link', { name: 'Message actions' });
	await more.focus();
	await page.keyboard.press('Enter');
	await expect(page.getByRole('dialog').getByRole('button')).toHaveText(['Copy link']);
	await page.keyboard.press('Escape');
	await expect(page.getByRole('dialog')).toHaveCount(0);
	await expect(more).toBeFocused();
	// The keys of a feed.
	await page.keyboard.press('PageDown');
	await expect(messageOf(page, mine)).toBeFocused();
	await page.keyboard.press('PageUp');
	await expect(messageOf(page, notMine)).toBeFocused();
});

test('on its own page a message is deleted with the same offer, which the next page shows', async ({
	page,
	signIn
}) => {
	const person = await signIn();
	const message = await post(person, 'on a page of its own');
	await page.clock.install();
	await page.goto(messagePath(message));
	await expect(page.getByRole('link', { name: 'Message actions' })).toBeAttached();
	await page.getByRole('link', { name: 'Delete' }).click();
	await expect(page.getByRole('heading', { name: person.name })).toBeVisible();
	await expect(messageOf(page, 'on a page of its own')).toHaveCount(0);
	await page.getByRole('button', { name: 'Undo' }).click();
	await expect(messageOf(page, 'on a page of its own')).toBeVisible();
	await page.clock.runFor(2 * UNDO_MS);
	expect(await isDeleted(message)).toBe(false);
});

test.describe('without scripts', () => {
	test.use({ javaScriptEnabled: false });

	test('a message’s actions lead to its page, and from there to a button', async ({ page, signIn }) => {
		const person = await signIn();
		const message = await post(person, 'by hand');
		await page.goto('/');
		await messageOf(page, 'by hand').hover();
		await messageOf(page, 'by hand').getByRole('link', { name: 'Message actions' }).click();
		await page.getByRole('link', { name: 'Delete' }).click();
		await page.getByRole('button', { name: 'Delete' }).click();
		await expect(page.getByText('Your message was deleted')).toBeVisible();
		expect(await isDeleted(message)).toBe(true);
	});
});
