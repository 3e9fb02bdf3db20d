import { profilePath } from '#lib/text/profile-path.ts';
import { PASSWORD, createFollow, createMessage } from '../factories.ts';
import { createPerson, expect, test } from './fixtures.ts';
import { listShifts } from './look.ts';
import { newVisitor } from './visitor.ts';

/* How a newcomer finds people to follow: the empty home timeline, and the page of all people. */

/** Returns a name that no other test uses, with a beginning of its own. */
const unique = (beginning: string, rest = '') => `${beginning}${crypto.randomUUID().slice(0, 8)}${rest}`;

/** Creates someone who wrote the newest message here. */
async function createActive(name = unique('active ')) {
	const person = await createPerson({ name });
	await createMessage(person.id, `from ${name}`, null);
	return person;
}

for (const hasScripts of [true, false]) {
	test.describe(hasScripts ? 'with scripts' : 'without scripts', () => {
		test.use({ javaScriptEnabled: hasScripts });

		test('a newcomer follows somebody from the empty home timeline by one press', async ({ page }) => {
			const bob = await createActive();
			const name = unique('newcomer ');
			await page.goto('/register');
			await page.getByLabel('Username').fill(name);
			await page.getByLabel('E-mail').fill('newcomer@example.org');
			await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
			await page.getByLabel('Repeat password').fill(PASSWORD);
			await page.getByRole('button', { name: 'Create account' }).click();
			await page.waitForURL('/login');
			await page.getByLabel('Password').fill(PASSWORD);
			await page.getByRole('button', { name: 'Log in' }).click();

			const row = page
				.getByRole('list', { name: 'People to follow' })
				.getByRole('listitem')
				.filter({ hasText: bob.name });
			await expect(row.getByText(`from ${bob.name}`)).toBeVisible();
			await row.getByRole('button', { name: 'Follow' }).click();
			await expect(page.getByText(`You are now following "${bob.name}"`)).toBeVisible();
			await expect(page).toHaveURL('/');
			await expect(page.getByRole('article').filter({ hasText: bob.name })).toBeVisible();
			await expect(page.getByRole('list', { name: 'People to follow' })).toHaveCount(0);
		});

		test('people are found by the beginning of their name and followed in place', async ({ page, signIn }) => {
			await signIn();
			const beginning = unique('%_İ');
			const [bob, other] = [await createActive(`${beginning} Ｂｏｂ`), await createActive(`x${beginning}`)];
			await page.goto('/people');
			await page.getByRole('searchbox', { name: 'Find people by name' }).fill(`${beginning} bo`);
			await page.keyboard.press('Enter');
			const found = page.getByRole('list', { name: 'People found' });
			await expect(found.getByRole('link', { name: bob.name, exact: true })).toBeVisible();
			await expect(found).not.toContainText(other.name);
			await expect(page.getByRole('searchbox')).toHaveValue(`${beginning} bo`);

			const address = page.url();
			await found.getByRole('button', { name: 'Follow' }).click();
			await expect(found.getByRole('button', { name: 'Unfollow' })).toBeVisible();
			await expect(page.getByText(`You are now following "${bob.name}"`)).toBeVisible();
			expect(page.url()).toBe(address);
			await found.getByRole('button', { name: 'Unfollow' }).click();
			await expect(found.getByRole('button', { name: 'Follow', exact: true })).toBeVisible();
		});
	});
}

test('following in a list moves nothing and keeps the focus', async ({ page, signIn }) => {
	const [alice, bob, carol] = [await signIn(), await createActive(), await createActive()];
	await createFollow(bob.name, alice.name);
	await createFollow(carol.name, alice.name);
	await page.goto(`${profilePath(alice.name)}/followers`);
	const rows = page.getByRole('list', { name: 'Followers' }).getByRole('listitem');
	await expect(rows).toHaveText([new RegExp(carol.name), new RegExp(bob.name)]);
	const before = await rows.last().boundingBox();
	const button = rows.first().getByRole('button');
	await expect(button).toHaveAccessibleDescription(carol.name);
	await button.focus();
	await page.keyboard.press('Enter');
	await expect(page.getByText(`You are now following "${carol.name}"`)).toBeVisible();
	await expect(button).toHaveText('Unfollow');
	await expect(button).toBeFocused();
	expect(await rows.last().boundingBox()).toEqual(before);
	await page.keyboard.press('Enter');
	await expect(button).toHaveText('Follow');
	await expect(button).toBeFocused();
	await page.getByRole('button', { name: 'Undo' }).click();
	await expect(button).toHaveText('Unfollow');
	expect(await listShifts(page)).toEqual([]);
});

test('a visitor sees the people, and a press on Follow asks for a log-in first', async ({ webServer }) => {
	const bob = await createActive();
	const visitor = newVisitor(webServer.origin);
	const { status, body } = await visitor.get('/people');
	expect(status).toBe(200);
	expect(body).toContain(`from ${bob.name}`);
	const [, action = ''] = new RegExp(`action="(${profilePath(bob.name)}/follow[^"]*)"`).exec(body) ?? [];
	const { location } = await visitor.post(action);
	expect(location).toBe(`/login?next=${encodeURIComponent(profilePath(bob.name))}`);
	expect((await visitor.get('/login')).body).toContain(`Log in to follow ${bob.name}`);
});

test('any search is answered', async ({ webServer }) => {
	const visitor = newVisitor(webServer.origin);
	for (const sought of [
		'%',
		'\0',
		'x'.repeat(2000),
		'\u0301'.repeat(2000),
		'"><script>alert(1)</script>',
		' ',
		'\u{10ffff}'
	]) {
		const { status, body } = await visitor.get(`/people?${new URLSearchParams({ q: sought })}`);
		expect(status).toBe(200);
		expect(body).not.toContain('<script>alert');
	}
	expect((await visitor.get('/people?q=%ff%fe')).status).toBe(200);
	expect((await visitor.get('/people?before=x')).status).toBe(400);
});

test.describe('the page about the site', () => {
	test('is linked from every page and says only what is configured', async ({ page }) => {
		await page.goto('/public');
		await page.getByRole('link', { name: 'About' }).click();
		await expect(page.getByRole('heading', { name: 'About MiniTwit' })).toBeVisible();
		await expect(page.getByText("Whoever runs this site hasn't said who they are.")).toBeVisible();
		await expect(page.getByRole('link', { name: 'API' })).toHaveCount(0);
	});
});
