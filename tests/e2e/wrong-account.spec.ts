import type { BrowserContext } from '@playwright/test';
import { listFollowing } from '#lib/server/follows/following.ts';
import { createFollow } from '../factories.ts';
import { type Person, createPerson, expect, test } from './fixtures.ts';
import { textsOf } from './texts.ts';
import { type Visitor, newVisitor } from './visitor.ts';

/* A form on a page of one account is posted after another account has logged in in the same browser. */

const pathOf = ({ name }: Person) => `/${encodeURIComponent(name)}`;
const namesFollowedBy = async ({ id }: Person) => (await listFollowing(id, null)).items.map(({ name }) => name);

/** Resolves to the hidden fields of the form with this button, as a browser without scripts posts them. */
async function fieldsOf(visitor: Visitor, path: string, button: string): Promise<Record<string, string>> {
	const { body } = await visitor.get(path);
	const form = body.split('<form').find((part) => new RegExp(`<button[^>]*>${button}</button>`).test(part)) ?? '';
	const inputs = form.split('</form>')[0]?.match(/<input type="hidden"[^>]*>/g) ?? [];
	return Object.fromEntries(
		inputs.map((input) => [/name="([^"]*)"/.exec(input)?.[1] ?? '', /value="([^"]*)"/.exec(input)?.[1] ?? ''])
	);
}

test('without scripts a message is not posted, and stays in the composer', async ({ webServer }) => {
	for (const path of ['/', '/add_message']) {
		const visitor = newVisitor(webServer.origin);
		const [alice, bob] = [await createPerson(), await createPerson()];
		await visitor.signInAs(alice);
		const fields = await fieldsOf(visitor, path, 'Share');
		await visitor.signInAs(bob);
		const { status, body } = await visitor.post('/add_message', { ...fields, text: `from ${path}` });
		expect(status).toBe(409);
		expect(body).toMatch(new RegExp(`<textarea[^>]*>from ${path}</textarea>`));
		expect(body).toContain(`You're logged in as ${bob.name} now. This form was opened as ${alice.name}`);
		expect([...(await textsOf(alice)), ...(await textsOf(bob))]).toEqual([]);
		// The composer is now on a page of Bob's, who may want to post it.
		const own = await fieldsOf(visitor, '/add_message', 'Share');
		expect((await visitor.post('/add_message', { ...own, text: `from ${path}` })).status).toBe(303);
		expect(await textsOf(bob)).toEqual([`from ${path}`]);
	}
});

test('an invalid owner is rejected, and a missing one means the logged-in account', async ({ webServer }) => {
	const visitor = newVisitor(webServer.origin);
	const alice = await createPerson();
	await visitor.signInAs(alice);
	for (const owner of ['0', 'x', '-1', `${alice.id}.5`])
		expect((await visitor.post('/add_message', { text: 'no', owner })).status).toBe(409);
	expect((await visitor.post('/add_message', { text: 'one' })).status).toBe(303);
	expect((await visitor.post('/add_message', { text: 'two', owner: String(alice.id) })).status).toBe(303);
	expect(await textsOf(alice)).toEqual(['one', 'two']);
});

test('without scripts a follow or unfollow under another account is rejected', async ({ webServer }) => {
	const visitor = newVisitor(webServer.origin);
	const [alice, bob, star] = [await createPerson(), await createPerson(), await createPerson()];
	for (const [kind, button, expected] of [
		['follow', 'Follow', []],
		['unfollow', 'Unfollow', [star.name]]
	] as const) {
		if (kind === 'unfollow') for (const { name } of [alice, bob]) await createFollow(name, star.name);
		for (const page of [pathOf(star), `${pathOf(star)}/${kind}`]) {
			await visitor.signInAs(alice);
			const fields = await fieldsOf(visitor, page, button);
			await visitor.signInAs(bob);
			const { status, body } = await visitor.post(`${pathOf(star)}/${kind}`, fields);
			expect([page, status]).toEqual([page, 409]);
			expect(body).toContain(`You're logged in as ${bob.name} now`);
			expect([await namesFollowedBy(alice), await namesFollowedBy(bob)]).toEqual([expected, expected]);
		}
	}
	const own = await fieldsOf(visitor, `${pathOf(star)}/unfollow`, 'Unfollow');
	expect((await visitor.post(`${pathOf(star)}/unfollow`, own)).status).toBe(303);
	expect(await namesFollowedBy(bob)).toEqual([]);
});

/** Removes what browsers lack over plain HTTP from another machine, where forms are posted directly. */
const withoutOutbox = (context: BrowserContext) =>
	context.addInitScript(() => {
		Reflect.deleteProperty(Navigator.prototype, 'locks');
		Reflect.deleteProperty(Navigator.prototype, 'serviceWorker');
	});

test.describe('over plain HTTP, with another account in a second tab', () => {
	test.beforeEach(async ({ context, expectedErrors }) => {
		expectedErrors.push(/409/);
		await withoutOutbox(context);
	});

	test('a message is not posted, and stays in the composer', async ({ page, signIn }) => {
		const [alice, bob] = [await signIn(), await createPerson()];
		await page.goto('/');
		await signIn(bob);
		await page.getByRole('textbox').fill('written as alice');
		await page.getByRole('button', { name: 'Share' }).click();
		await expect(page.getByText(`This form was opened as ${alice.name}`)).toBeVisible();
		const textbox = page.getByRole('textbox', { name: `What's on your mind ${bob.name}?` });
		await expect(textbox).toHaveValue('written as alice');
		expect([...(await textsOf(alice)), ...(await textsOf(bob))]).toEqual([]);
		await page.getByRole('button', { name: 'Share' }).click();
		await expect(textbox).toHaveValue('');
		expect([await textsOf(alice), await textsOf(bob)]).toEqual([[], ['written as alice']]);
	});

	test('a follow is rejected', async ({ page, signIn }) => {
		const [alice, bob, star] = [await signIn(), await createPerson(), await createPerson()];
		await page.goto(pathOf(star));
		await signIn(bob);
		await page.getByRole('button', { name: 'Follow', exact: true }).click();
		await expect(page.getByText(`You're logged in as ${bob.name} now`)).toBeVisible();
		expect([await namesFollowedBy(alice), await namesFollowedBy(bob)]).toEqual([[], []]);
		await page.getByRole('button', { name: 'Follow', exact: true }).click();
		await expect(page.getByRole('button', { name: 'Unfollow' })).toBeVisible();
		expect([await namesFollowedBy(alice), await namesFollowedBy(bob)]).toEqual([[], [star.name]]);
	});
});
