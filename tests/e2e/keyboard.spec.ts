import type { Locator, Page } from '@playwright/test';
import { findProfile } from '#lib/server/accounts/users.ts';
import { createFollow, createMessage } from '../factories.ts';
import { createPerson, expect, goOffline } from './fixtures.ts';
import { expectArrived, makeTooLong, test, untilControlled, waiting } from './writing.ts';

/* What people do most, with the keyboard only. */

test.beforeEach(({ expectedErrors }) => void expectedErrors.push(/ERR_|Failed to load resource|Failed to fetch/));

/** A page of thirty messages has three links in each. */
const MAX_STEPS = 130;

/** Presses `key` until the target has the focus. */
async function goTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
	await expect(target).toBeVisible();
	for (let step = 0; step < MAX_STEPS; step++) {
		if (await target.evaluate((element) => element === document.activeElement)) return expectRing(target);
		await page.keyboard.press(key);
	}
	throw new Error(`${key} does not reach ${target}`);
}

/** Expects a visible focus ring. */
async function expectRing(target: Locator): Promise<void> {
	const outline = await target.evaluate((element) => getComputedStyle(element).outline);
	expect(outline).toMatch(/solid.* 3px|3px.* solid/);
}

async function enter(page: Page, target: Locator, text: string): Promise<void> {
	await goTo(page, target);
	await page.keyboard.type(text);
}

test('register, follow and load older messages by keyboard alone', async ({ page }) => {
	test.slow();
	const bob = await createPerson();
	for (let number = 0; number < 35; number++) await createMessage(bob.id, `number ${number}`, null);
	const name = `keys ${crypto.randomUUID().slice(0, 8)}`;
	const password = 'a piano on the stairs';

	await page.goto('/public');
	await page.keyboard.press('Tab');
	await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
	await goTo(page, page.getByRole('navigation').getByRole('link', { name: 'Create account' }));
	await page.keyboard.press('Enter');
	await enter(page, page.getByLabel('Username'), name);
	await enter(page, page.getByLabel('E-mail'), 'keys@example.org');
	await enter(page, page.getByLabel('Password', { exact: true }), password);
	await enter(page, page.getByLabel('Repeat password'), password);
	await page.keyboard.press('Enter');
	await expect(page.getByText('You were successfully registered and can login now')).toBeVisible();
	// The name is filled in, and the password has the focus.
	await expect(page.getByLabel('Username')).toHaveValue(name);
	await expect(page.getByLabel('Password')).toBeFocused();
	await page.keyboard.type(password);
	await page.keyboard.press('Enter');
	await expect(page.getByRole('heading', { name: 'My timeline' })).toBeVisible();

	await goTo(page, page.getByRole('navigation').getByRole('link', { name: 'Everyone' }), 'Shift+Tab');
	await page.keyboard.press('Enter');
	await goTo(page, page.getByRole('article').getByRole('link', { name: bob.name }).first());
	await page.keyboard.press('Enter');
	await goTo(page, page.getByRole('button', { name: 'Follow', exact: true }));
	await page.keyboard.press('Enter');
	await expect(page.getByText(`You are now following "${bob.name}"`)).toBeVisible();
	await goTo(page, page.getByRole('link', { name: 'Older messages' }));
	await page.keyboard.press('Enter');
	await expect(page.getByRole('article')).toHaveCount(35);
	// The focus is on the first of the older messages.
	await expect(page.getByRole('article').nth(30).getByRole('link').first()).toBeFocused();
});

test('write offline, edit a rejected message, undo a deletion, show new messages and sign out by keyboard alone', async ({
	page,
	context,
	signIn
}) => {
	test.slow();
	const [person, bob] = [await signIn(), await createPerson()];
	await createFollow(person.name, bob.name);
	await page.goto('/');
	await untilControlled(page);
	await goOffline(page);
	const textbox = page.getByRole('textbox');
	for (const text of ['too much', 'written by keys']) {
		await enter(page, textbox, text);
		await page.keyboard.press('Control+Enter');
		await expect(waiting(page)).toContainText(text);
	}
	await makeTooLong(page, 'too much');
	await context.setOffline(false);
	await goTo(page, page.locator('.failed').getByRole('button', { name: 'Edit' }));
	await page.keyboard.press('Enter');
	await expect(textbox).toHaveValue(/^x+$/);
	await goTo(page, textbox);
	await page.keyboard.press('Control+A');
	await page.keyboard.type('mended by keys');
	await goTo(page, page.getByRole('button', { name: 'Share' }));
	await page.keyboard.press('Enter');
	await expectArrived(person, ['written by keys', 'mended by keys']);

	await goTo(page, page.getByRole('navigation').getByRole('link', { name: 'Home' }), 'Shift+Tab');
	await page.keyboard.press('Enter');
	const newest = page.getByRole('article').first();
	await expect(newest).toContainText('mended by keys');

	await goTo(page, newest.getByRole('link', { name: 'Message actions' }));
	await page.keyboard.press('Enter');
	await goTo(page, page.getByRole('dialog').getByRole('button', { name: 'Delete' }));
	await page.keyboard.press('Enter');
	await expect(newest).toContainText('written by keys');
	await expect(page.getByRole('button', { name: 'Undo' })).toBeFocused();
	await page.keyboard.press('Enter');
	await expect(newest).toContainText('mended by keys');

	await createMessage(bob.id, 'while you were typing', null);
	await goTo(page, page.getByRole('button', { name: '1 new message' }));
	await page.keyboard.press('Enter');
	await expect(page.getByRole('article').first()).toContainText('while you were typing');
	await goTo(page, page.getByRole('button', { name: 'Sign out' }), 'Shift+Tab');
	await page.keyboard.press('Enter');
	await expect(page.getByText('You were logged out')).toBeVisible();
});

test('follow somebody from a list, and change the settings, by keyboard alone', async ({ page, signIn }) => {
	const [person, bob] = [await signIn(), await createPerson()];
	await createMessage(bob.id, 'easy to find', null);
	await page.goto('/people');
	await goTo(page, page.getByRole('searchbox'));
	await page.keyboard.type(bob.name);
	await page.keyboard.press('Enter');
	const row = page.getByRole('list', { name: 'People found' }).getByRole('listitem');
	await goTo(page, row.getByRole('button', { name: 'Follow' }));
	await page.keyboard.press('Enter');
	await expect(row.getByRole('button', { name: 'Unfollow' })).toBeFocused();
	await goTo(page, page.getByRole('navigation').getByRole('link', { name: 'Profile' }), 'Shift+Tab');
	await page.keyboard.press('Enter');
	await goTo(page, page.getByRole('link', { name: 'Settings' }));
	await page.keyboard.press('Enter');
	await enter(page, page.getByLabel('Display name'), 'Keys');
	await page.keyboard.press('Enter');
	await expect(page.getByRole('heading', { level: 1 })).toHaveText(/Keys\s*@/);
	expect(await findProfile(person.name, null)).toMatchObject({ display_name: 'Keys', following: 1 });
});
