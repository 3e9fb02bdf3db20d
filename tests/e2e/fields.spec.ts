import { createPerson, expect, test } from './fixtures.ts';

/* What is wrong with a form is said at the first wrong field, which has the focus, with and without scripts. */

test.beforeEach(({ expectedErrors }) => void expectedErrors.push(/400/));

for (const javaScriptEnabled of [true, false]) {
	test.describe(`with scripts ${javaScriptEnabled ? 'on' : 'off'}`, () => {
		test.use({ javaScriptEnabled });

		test('a wrong field of the registration has the focus and its sentence', async ({ page }) => {
			await page.goto('/register');
			await page.getByLabel('Username').fill('newcomer');
			await page.getByLabel('E-mail').fill('no address');
			await page.getByRole('button', { name: 'Create account' }).click();
			const field = page.getByLabel('E-mail');
			const sentence = 'You have to enter a valid email address';
			await expect(page.getByRole('alert')).toHaveText(sentence);
			await expect(field).toBeFocused();
			await expect(field).toHaveAttribute('aria-invalid', 'true');
			await expect(field).toHaveAccessibleDescription(new RegExp(`Never shown\\. ${sentence}$`));
			await expect(field).toHaveValue('no address');
			await expect(page).toHaveTitle(/^Error: Create account/);
			await expect(page.locator('[aria-invalid]')).toHaveCount(1);
		});

		test('a failed log-in leads back to the password', async ({ page }) => {
			const { name } = await createPerson();
			await page.goto('/login');
			await page.getByLabel('Username').fill(name);
			await page.getByLabel('Password').fill('wrong');
			await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
			await expect(page.getByRole('alert')).toHaveText('Invalid username or password');
			await expect(page.getByLabel('Password')).toBeFocused();
			await expect(page.getByLabel('Password')).toHaveAccessibleDescription('Invalid username or password');
			await expect(page).toHaveTitle(/^Error: Log in/);
		});

		test(`a password can be shown only with scripts`, async ({ page }) => {
			await page.goto('/login');
			const show = page.getByRole('button', { name: 'Show password' });
			await expect(show).toBeVisible({ visible: javaScriptEnabled });
			if (!javaScriptEnabled) return;
			await page.getByLabel('Password').fill('hunter2');
			await expect(page.getByLabel('Password')).toHaveAttribute('type', 'password');
			// The button does nothing before hydration.
			await expect(async () => {
				await show.click({ timeout: 1_000 });
				await expect(page.getByLabel('Password')).toHaveAttribute('type', 'text', { timeout: 1_000 });
			}).toPass();
			await expect(page.getByLabel('Password')).toHaveValue('hunter2');
			await page.getByRole('button', { name: 'Hide password' }).click();
			await expect(page.getByLabel('Password')).toHaveAttribute('type', 'password');
		});
	});
}
