import { suspendAccount } from '#lib/server/moderation/suspensions.ts';
import { profilePath } from '#lib/text/profile-path.ts';
import { createPerson, expect } from './fixtures.ts';
import { open, test, waiting, write } from './writing.ts';

const operator = { kind: 'operator', name: 'root' } as const;

test.beforeEach(({ expectedErrors }) => void expectedErrors.push(/Failed to load resource/));

test('what a suspended user writes is refused with the reason, and kept', async ({ page, signIn }) => {
	const { id } = await signIn();
	await open(page);
	await suspendAccount(operator, id, 'posts spam');
	await write(page, 'one more');
	await expect(waiting(page)).toContainText('one more');
	await expect(waiting(page)).toContainText('Your account is suspended. The reason: posts spam.');
});

test.describe('without scripts', () => {
	test.use({ javaScriptEnabled: false });

	test('forms answer 403 with the reason and keep what was entered', async ({ page, signIn }) => {
		const { id } = await signIn();
		const other = await createPerson();
		const refused = page.getByText('Your account is suspended. The reason: posts spam.');
		await page.goto('/add_message');
		await suspendAccount(operator, id, 'posts spam');
		await page.getByRole('textbox').fill('one more');
		const [answer] = await Promise.all([page.waitForResponse('**/add_message'), page.getByText('Share').click()]);
		expect(answer.status()).toBe(403);
		await expect(refused).toBeVisible();
		await expect(page.getByRole('textbox')).toHaveValue('one more');
		await page.goto(profilePath(other.name));
		await page.getByRole('button', { name: 'Follow' }).click();
		await expect(refused).toBeVisible();
		await page.goto('/settings');
		await page.getByLabel('Bio').fill('buy now');
		await page.getByRole('button', { name: 'Save' }).click();
		await expect(refused).toBeVisible();
		await expect(page.getByLabel('Bio')).toHaveValue('buy now');
	});
});
