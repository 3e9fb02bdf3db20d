import { createMessage } from '#lib/server/messages.ts';
import { expect, test } from './fixtures.ts';

test('a person who is signed in sees what they wrote, and so does everybody', async ({ page, signIn }) => {
	const person = await signIn();
	const text = `The ferry is late again, says ${person.name}`;
	await createMessage(person.id, text, null);
	await page.goto('/');
	await expect(page.getByRole('article').filter({ hasText: text })).toBeVisible();
	await page.goto('/public');
	await expect(page.getByRole('article').filter({ hasText: text })).toBeVisible();
});
