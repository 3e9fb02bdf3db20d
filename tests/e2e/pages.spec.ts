import { PASSWORD, createMessage } from '../factories.ts';
import { createPerson, expect, test } from './fixtures.ts';

/* What a user does in a browser, with and without scripts. */

const TOO_LONG = 'x'.repeat(283);

for (const javaScriptEnabled of [true, false]) {
	test.describe(`with scripts ${javaScriptEnabled ? 'on' : 'off'}`, () => {
		test.use({ javaScriptEnabled });

		test('a user registers, logs in, writes, follows and signs out', async ({ page }) => {
			const bob = await createPerson();
			const name = `walker ${crypto.randomUUID().slice(0, 8)}`;
			await page.goto('/register');
			await page.getByLabel('Username').fill(name);
			await page.getByLabel('E-mail').fill('a@example.org');
			await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
			await page.getByLabel('Repeat password').fill(PASSWORD);
			await page.getByRole('button', { name: 'Create account' }).click();
			await expect(page.getByText('You were successfully registered and can login now')).toBeVisible();
			await page.getByLabel('Username').fill(name);
			await page.getByLabel('Password').fill(PASSWORD);
			await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
			await expect(page.getByText('You were logged in')).toBeVisible();

			await page.getByRole('textbox', { name: `What's on your mind ${name}?` }).fill(`first words of ${name}`);
			await page.getByRole('button', { name: 'Share' }).click();
			await expect(page.getByText('Your message was recorded')).toBeVisible();
			const article = page.getByRole('article').filter({ hasText: `first words of ${name}` });
			await expect(article).toHaveCount(1);
			await expect(article.getByRole('link', { name })).toBeVisible();
			await expect(article.locator('time')).toHaveAttribute('datetime', /^\d{4}-\d\d-\d\dT.*Z$/);

			await page.goto(`/${encodeURIComponent(bob.name)}`);
			await page.getByRole('button', { name: 'Follow', exact: true }).click();
			await expect(page.getByText(`You are now following "${bob.name}"`)).toBeVisible();
			await page.getByRole('button', { name: 'Unfollow' }).click();
			await expect(page.getByText(`You are no longer following "${bob.name}"`)).toBeVisible();
			await page.getByRole('navigation').getByRole('link', { name: 'Profile' }).click();
			await page.getByRole('button', { name: 'Sign out' }).click();
			await expect(page.getByText('You were logged out')).toBeVisible();
		});
	});
}

test('writing, following and loading older messages happen without a page load', async ({ page, signIn }) => {
	const person = await signIn();
	const bob = await createPerson();
	for (let number = 0; number < 40; number++)
		await createMessage(person.id, `number ${number} of ${person.name}`, null);
	await page.goto('/');
	await page.evaluate(() => Object.assign(window, { isSameDocument: true }));
	await page.getByRole('textbox').fill('in place');
	// The shortcut does nothing before hydration, and nothing more once the message is sent.
	await expect(async () => {
		await page.getByRole('textbox').press('Control+Enter');
		await expect(page.getByRole('article').first()).toContainText('in place', { timeout: 1_000 });
	}).toPass();
	await expect(page.getByRole('article').filter({ hasText: 'in place' })).toHaveCount(1);
	await expect(page.getByRole('textbox')).toHaveValue('');

	const older = page.getByRole('link', { name: 'Older messages' });
	await older.scrollIntoViewIfNeeded();
	const position = await page.evaluate(() => scrollY);
	await older.click();
	await expect(page.getByRole('article')).toHaveCount(41);
	expect(await page.evaluate(() => scrollY)).toBe(position);
	expect(new URL(page.url()).search).toMatch(/^\?before=\d+$/);
	await expect(older).toHaveCount(0);

	await page.getByRole('navigation').getByRole('link', { name: 'Everyone' }).click();
	await expect(page).toHaveURL(/\/public$/);
	await page.goBack();
	await page.getByRole('article').first().getByRole('link').last().click();
	expect(await page.evaluate(() => 'isSameDocument' in window)).toBe(true);

	await page.goto(`/${encodeURIComponent(bob.name)}`);
	await page.evaluate(() => Object.assign(window, { isSameDocument: true }));
	await page.getByRole('button', { name: 'Follow', exact: true }).click();
	await expect(page.getByRole('button', { name: 'Unfollow' })).toBeVisible();
	expect(await page.evaluate(() => 'isSameDocument' in window)).toBe(true);
});

test('the composer counts characters, shows how many are over, and loses nothing when the server is down', async ({
	page,
	signIn,
	webServer,
	expectedErrors
}) => {
	expectedErrors.push(/ERR_CONNECTION_REFUSED|Failed to fetch/);
	await signIn();
	await page.goto('/');
	const textbox = page.getByRole('textbox');
	const share = page.getByRole('button', { name: 'Share' });
	await textbox.fill('x'.repeat(239));
	await expect(page.getByText('left')).toHaveCount(0);
	await textbox.fill('🐦'.repeat(250));
	await expect(page.getByText('30 left')).toBeVisible();
	await textbox.fill(TOO_LONG);
	await expect(page.getByText('3 characters over')).toBeVisible();
	await expect(share).toHaveAttribute('aria-disabled', 'true');
	// Pressing it anyway leads back to the text.
	await share.press('Enter');
	await expect(textbox).toBeFocused();
	await expect(textbox).toHaveValue(TOO_LONG);

	const text = `kept ${crypto.randomUUID()}`;
	await textbox.fill(text);
	await webServer.stop();
	await share.click();
	await expect(page.getByRole('region', { name: 'Waiting to be sent' })).toContainText(text);
	await webServer.start();
	await page.reload();
	await expect(page.getByRole('article').filter({ hasText: text })).toHaveCount(1);
});

test('every control can be reached by keyboard and shows its focus', async ({ page, signIn, isMobile }) => {
	const person = await signIn();
	await createMessage(person.id, 'with a link https://example.org/page', null);
	await page.goto('/');
	await page.keyboard.press('Tab');
	await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
	const reached = new Set<string>();
	for (let step = 0; step < 40; step++) {
		await page.keyboard.press('Tab');
		const focused = await page.evaluate(() => {
			const element = document.activeElement;
			if (!element || element === document.body) return null;
			const { outlineStyle, outlineWidth } = getComputedStyle(element);
			const name = element.id === 'composer' ? 'composer' : (element.textContent?.trim() ?? '');
			return { name, isShown: outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2 };
		});
		if (!focused) break;
		expect(focused.isShown, focused.name).toBe(true);
		reached.add(focused.name);
	}
	const names = ['Home', 'Everyone', 'Write', 'Profile', 'composer', 'Share', 'example.org/page'];
	// On a phone, the profile has it.
	for (const name of isMobile ? names : [...names, 'Sign out']) expect([...reached]).toContain(name);
	const link = page.getByRole('link', { name: 'example.org/page' });
	await expect(link).toHaveAttribute('rel', 'nofollow ugc noopener');
});
