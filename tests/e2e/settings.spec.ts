import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { SQL, execute } from '#lib/server/database/database.ts';
import { SESSION_COOKIE, createSession } from '#lib/server/accounts/sessions.ts';
import { PASSWORD, createFollow, createMessage } from '../factories.ts';
import { type Person, createPerson, expect, gotoWatched, test } from './fixtures.ts';
import { newVisitor } from './visitor.ts';

/* The pages of an account, with and without scripts. */

const NEW_PASSWORD = 'four other random words';
const pathOf = ({ name }: Person) => `/${encodeURIComponent(name)}`;

async function logIn(page: Page, { name }: Person, password = PASSWORD): Promise<void> {
	await page.goto('/login');
	await page.getByLabel('Username').fill(name);
	await page.getByLabel('Password', { exact: true }).fill(password);
	await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
	await expect(page.getByText('You were logged in')).toBeVisible();
}

for (const javaScriptEnabled of [true, false]) {
	test.describe(javaScriptEnabled ? 'with scripts' : 'without scripts', () => {
		test.use({ javaScriptEnabled });

		test('a profile is edited and shown, with an error at its field', async ({
			page,
			signIn,
			webServer,
			expectedErrors
		}) => {
			expectedErrors.push(/400/);
			const person = await signIn();
			await page.goto(pathOf(person));
			await page.getByRole('link', { name: 'Settings' }).click();
			await page.getByLabel('Display name').fill('Amélie of the tests');
			await page.getByLabel('Bio').fill('Writes tests\nall day');
			await page.getByLabel('Link').fill('javascript:alert(1)');
			await page.getByRole('button', { name: 'Save profile' }).click();
			await expect(page.getByRole('alert')).toContainText('Enter a web address');
			await expect(page.getByLabel('Link')).toHaveAttribute('aria-invalid', 'true');
			await expect(page.getByLabel('Bio')).toHaveValue(/^Writes tests\nall day$/);
			await page.getByLabel('Link').fill('example.org/amelie');
			await page.getByRole('button', { name: 'Save profile' }).click();
			await expect(page.getByText('Your profile was saved')).toBeVisible();
			await expect(page).toHaveURL((url) => url.pathname === pathOf(person));
			const heading = page.getByRole('heading', { level: 1 });
			await expect(heading).toHaveText(/Amélie of the tests\s*@person/);
			await expect(page.getByText('Writes tests all day')).toBeVisible();
			await expect(page.getByRole('link', { name: 'example.org/amelie' })).toHaveAttribute(
				'href',
				'https://example.org/amelie'
			);
			// A visitor sees the same, and so does whoever makes a preview.
			const { body } = await newVisitor(webServer.origin).get(pathOf(person));
			expect(body).toContain('<meta name="description" content="Writes tests all day"');
			expect(body).toContain(`<meta property="og:title" content="Amélie of the tests (@${person.name})"`);
			expect(body).toContain(`<title>${person.name} · MiniTwit</title>`);
		});

		test('an e-mail address is changed with the password only', async ({ page, signIn, expectedErrors }) => {
			expectedErrors.push(/400/);
			await signIn();
			await page.goto('/settings/email');
			await page.getByLabel('E-mail').fill('new@example.org');
			await page.getByLabel('Password', { exact: true }).fill('wrong');
			await page.getByRole('button', { name: 'Change e-mail' }).click();
			await expect(page.getByRole('alert')).toContainText("That's not your password");
			await expect(page.getByLabel('E-mail')).toHaveValue('new@example.org');
			await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
			await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
			await page.getByRole('button', { name: 'Change e-mail' }).click();
			await expect(page.getByText('Your e-mail address was changed')).toBeVisible();
			await expect(page.getByRole('link', { name: 'E-mail' })).toContainText('new@example.org');
		});

		test('a closed account is gone, and back after the next log-in', async ({
			page,
			signIn,
			webServer,
			expectedErrors
		}) => {
			expectedErrors.push(/40[04]/);
			const [person, reader] = [await signIn(), await createPerson()];
			await createMessage(person.id, `closing soon ${person.name}`);
			await createFollow(reader.name, person.name);
			const visitor = newVisitor(webServer.origin);
			expect((await visitor.get(pathOf(person))).status).toBe(200);
			expect((await visitor.get('/public')).body).toContain(`closing soon ${person.name}`);

			await page.goto('/settings');
			await page.getByRole('link', { name: 'Close account' }).click();
			await page.getByLabel('Password', { exact: true }).fill('wrong');
			await page.getByRole('button', { name: 'Close account' }).click();
			await expect(page.getByRole('alert')).toContainText("That's not your password");
			await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
			await page.getByRole('button', { name: 'Close account' }).click();
			await expect(page.getByText('Your account is closed. Log in within 7 days to take it back.')).toBeVisible();
			await expect(page).toHaveURL(/\/public$/);
			await expect(page.getByRole('navigation').getByRole('link', { name: 'Log in' })).toBeVisible();
			for (const path of [pathOf(person), `${pathOf(person)}/followers`])
				expect((await visitor.get(path)).status, path).toBe(404);
			expect((await visitor.get('/public')).body).not.toContain(`closing soon ${person.name}`);
			expect((await visitor.get(`${pathOf(reader)}/following`)).body).not.toContain(person.name);

			await logIn(page, person);
			await expect(page.getByText('Your account is open again')).toBeVisible();
			await expect(page.getByRole('article')).toContainText(`closing soon ${person.name}`);
			expect((await visitor.get(pathOf(person))).status).toBe(200);
			expect((await visitor.get('/public')).body).toContain(`closing soon ${person.name}`);
		});

		test('an export is a file with everything', async ({ page, signIn }) => {
			const person = await signIn();
			await execute(SQL`
				INSERT INTO messages (author_id, author_name, text)
				SELECT ${person.id}::bigint, ${person.name}, 'Message ' || number FROM generate_series(1, 1500) AS number`);
			await page.goto('/settings');
			const downloading = page.waitForEvent('download');
			await page.getByRole('link', { name: 'Your data' }).click();
			const download = await downloading;
			expect(download.suggestedFilename()).toBe('minitwit-export.json');
			const exported = JSON.parse(readFileSync(await download.path(), 'utf8')) as {
				account: { name: string };
				messages: unknown[];
			};
			expect(exported.account.name).toBe(person.name);
			expect(exported.messages).toHaveLength(1500);
		});
	});
}

test('a new password ends the session of another browser at once, and this one stays', async ({
	page,
	signIn,
	browser,
	webServer
}) => {
	const person = await signIn();
	const context = await browser.newContext({ baseURL: webServer.origin });
	const elsewhere = await context.newPage();
	await logIn(elsewhere, person);
	await gotoWatched(elsewhere, '/');
	await page.goto('/settings/password');
	// It is there for password managers only.
	await expect(page.locator('[autocomplete=username]')).toBeHidden();
	await page.getByLabel('Old password').fill(PASSWORD);
	await page.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD);
	await page.getByLabel('Repeat new password').fill(NEW_PASSWORD);
	await page.getByRole('button', { name: 'Change password' }).click();
	await expect(page.getByText('Your password was changed')).toBeVisible();
	await expect(elsewhere).toHaveURL(/\/public$/);
	await logIn(elsewhere, person, NEW_PASSWORD);
	await context.close();
});

test('what one tab changes, the other shows: a new password keeps it, and a closed account ends it', async ({
	page,
	context,
	signIn
}) => {
	const person = await signIn();
	const other = await context.newPage();
	await gotoWatched(other, '/');
	await page.goto('/settings/password');
	await page.getByLabel('Old password').fill(PASSWORD);
	await page.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD);
	await page.getByLabel('Repeat new password').fill(NEW_PASSWORD);
	await page.getByRole('button', { name: 'Change password' }).click();
	await expect(page.getByText('Your password was changed')).toBeVisible();
	await other.bringToFront();
	await other.getByRole('navigation').getByRole('link', { name: 'Profile' }).click();
	await expect(other.getByRole('heading', { name: person.name })).toBeVisible();
	await page.bringToFront();
	await page.goto('/settings/close');
	await page.getByLabel('Password', { exact: true }).fill(NEW_PASSWORD);
	await page.getByRole('button', { name: 'Close account' }).click();
	await expect(page.getByText('Your account is closed')).toBeVisible();
	await other.bringToFront();
	await expect(other).toHaveURL(/\/public$/);
	await expect(other.getByRole('navigation').getByRole('link', { name: 'Log in' })).toBeVisible();
});

test('a device is listed in words and logged out alone', async ({ page, signIn, webServer, browser }) => {
	const person = await signIn();
	const [phone, other] = [await createSession(person.id, null, 'Safari on iPhone'), await createSession(person.id)];
	const isSignedIn = async (session: string) => {
		const visitor = newVisitor(webServer.origin);
		visitor.cookies.set(SESSION_COOKIE, session);
		return (await visitor.get('/public')).headers.get('x-account') === String(person.id);
	};
	await page.goto('/settings');
	await page.getByRole('link', { name: 'Devices' }).click();
	const devices = page.getByRole('main').getByRole('listitem');
	await expect(devices).toHaveCount(3);
	await expect(devices.first()).toContainText('This device');
	await expect(devices.first().getByRole('button')).toHaveCount(0);
	await devices.filter({ hasText: 'Safari on iPhone' }).getByRole('button', { name: 'Log out' }).click();
	await expect(page.getByText('The device was logged out')).toBeVisible();
	await expect(devices).toHaveCount(2);
	expect([await isSignedIn(phone), await isSignedIn(other)]).toEqual([false, true]);

	// The log-in form stores what the list shows.
	const context = await browser.newContext({ baseURL: webServer.origin });
	await logIn(await context.newPage(), person);
	await page.reload();
	await expect(devices.filter({ hasText: 'Chrome on' })).toHaveCount(1);
	await page.getByRole('button', { name: 'Log out on other devices' }).click();
	await expect(page.getByText('You were logged out on all other devices')).toBeVisible();
	await expect(devices).toHaveCount(1);
	expect(await isSignedIn(other)).toBe(false);
	await context.close();
});

test('forms of another account and of visitors change nothing', async ({ webServer }) => {
	const [alice, bob] = [await createPerson(), await createPerson()];
	const visitor = newVisitor(webServer.origin);
	await visitor.signInAs(bob);
	const handle = /name="session" value="(\w+)"/;
	await createSession(bob.id);
	const session = handle.exec((await visitor.get('/settings/sessions')).body)?.[1] ?? '';
	const forms: [string, Record<string, string>][] = [
		['/settings', { display_name: 'Someone' }],
		['/settings/email', { email: 'new@example.org', password: PASSWORD }],
		['/settings/password', { password: PASSWORD, new_password: NEW_PASSWORD, new_password2: NEW_PASSWORD }],
		['/settings/sessions', { session }],
		['/settings/close', { password: PASSWORD }]
	];
	for (const [path, fields] of forms) {
		const { status, body } = await visitor.post(path, { ...fields, owner: String(alice.id) });
		expect([path, status]).toEqual([path, 409]);
		expect(body).toContain(`You're logged in as ${bob.name} now. Nothing was changed`);
		const owned = new RegExp(`action="${path}"[^]*?name="owner" value="${bob.id}"`);
		expect((await visitor.get(path)).body, path).toMatch(owned);
		expect(await newVisitor(webServer.origin).post(path, fields)).toMatchObject({
			status: 303,
			location: `/login?next=${encodeURIComponent(path)}`
		});
	}
	expect((await visitor.get('/settings/sessions')).body).toMatch(handle);
	expect(await newVisitor(webServer.origin).get('/settings/export')).toMatchObject({ status: 303 });
	expect((await visitor.get('/settings/export')).headers.get('cache-control')).toBe('private, no-store');
});

test('on a phone, Sign out stands on the own profile and not in the header', async ({ page, signIn }) => {
	await page.setViewportSize({ width: 390, height: 844 });
	const person = await signIn();
	await page.goto('/');
	await expect(page.getByRole('button', { name: 'Sign out' })).toHaveCount(0);
	await page.getByRole('navigation').getByRole('link', { name: 'Profile', exact: true }).click();
	await expect(page).toHaveURL((url) => url.pathname === pathOf(person));
	await page.getByRole('button', { name: 'Sign out' }).click();
	await expect(page.getByText('You were logged out')).toBeVisible();
});

test('on a phone, title and counts take little of my timeline', async ({ page, signIn }) => {
	await page.setViewportSize({ width: 390, height: 844 });
	await signIn();
	await page.goto('/');
	const parts = [page.getByRole('main'), page.getByRole('link', { name: /following/ })];
	const [main, counts] = await Promise.all(parts.map((part) => part.boundingBox()));
	expect((counts?.y ?? 0) + (counts?.height ?? 0) - (main?.y ?? 0)).toBeLessThan(0.12 * 844);
});

test('a profile says who follows whom, and which of its lists is shown', async ({ page, signIn }) => {
	const [viewer, author] = [await signIn(), await createPerson()];
	await createFollow(author.name, viewer.name);
	await page.goto(pathOf(author));
	await expect(page.getByText('Follows you')).toBeVisible();
	await expect(page.getByText('Following', { exact: true })).toHaveCount(0);
	await page.getByRole('button', { name: 'Follow', exact: true }).click();
	await expect(page.getByText('Following', { exact: true })).toBeVisible();
	await expect(page.getByRole('button', { name: 'Unfollow' })).toBeVisible();
	const current = page.getByRole('main').locator('[aria-current=page]');
	await expect(current).toHaveText(/messages/);
	await page
		.getByRole('main')
		.getByRole('link', { name: /follower/ })
		.click();
	await expect(current).toHaveText(/follower/);
	await expect(page.getByText(/^Joined \w+ \d{4}$/)).toBeVisible();
});
