import type { Page } from '@playwright/test';
import { SQL, execute } from '#lib/server/database/database.ts';
import { PASSWORD, createFollow } from '../factories.ts';
import { type Person, createPerson, expect, gotoHydrated, test } from './fixtures.ts';
import { textOfStorage } from './storage.ts';
import { typeDraft, untilControlled } from './writing.ts';

/* Two users share a browser: nothing of one reaches the other, on any page or in any storage. */

test.beforeEach(
	({ expectedErrors }) =>
		void expectedErrors.push(/ERR_|Failed to load resource|Failed to fetch|Service Worker registration blocked/)
);

/** Creates a reader whose home timeline has messages that are on no other page. */
async function createReader(): Promise<{ reader: Person; author: Person }> {
	const [reader, author, everybody] = [await createPerson(), await createPerson(), await createPerson()];
	await createFollow(reader.name, author.name);
	await writeMany(author, 61);
	// These fill the public timeline.
	await writeMany(everybody, 31);
	return { reader, author };
}

/** Creates somebody who is no newcomer: to a newcomer, the home timeline shows other people. */
async function createWriter(): Promise<Person> {
	const person = await createPerson();
	await writeMany(person, 1);
	return person;
}

async function writeMany({ id }: Person, count: number): Promise<void> {
	await execute(SQL`INSERT INTO messages (author_id, author_name, text)
		SELECT users.id, name, 'message ' || number FROM users, generate_series(1, ${count}::int) AS number
		WHERE users.id = ${id}`);
}

/** Loads two pages of the home timeline, then opens another page of the app. */
async function readOlder(page: Page): Promise<void> {
	await gotoHydrated(page, '/');
	await page.getByRole('link', { name: 'Older messages' }).click();
	await expect(page.getByRole('article')).toHaveCount(60);
	await goTo(page, 'Everyone');
	await expect(page.getByRole('heading', { name: 'Public timeline' })).toBeVisible();
}

async function goTo(page: Page, name: string): Promise<void> {
	// Like the bottom bar of a phone, which is reachable from every scroll position.
	await page.getByRole('navigation').getByRole('link', { name, exact: true }).dispatchEvent('click');
}

async function logIn(page: Page, { name }: Person): Promise<void> {
	await page.goto('/login');
	await page.getByLabel('Username').fill(name);
	await page.getByLabel('Password').fill(PASSWORD);
	await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
	await expect(page.getByText('You were logged in')).toBeVisible();
}

/** Marks a document that has opened its event stream, which is when it is hydrated. */
function noteListening(): void {
	window.EventSource = class extends EventSource {
		constructor(address: string | URL) {
			super(address);
			Object.assign(window, { isListening: true });
		}
	};
}

for (const serviceWorkers of ['allow', 'block'] as const) {
	test.describe(`service workers: ${serviceWorkers}`, () => {
		test.use({ serviceWorkers });

		test('signing out removes everything of the account', async ({ page, context, signIn }) => {
			test.slow();
			const { reader, author } = await createReader();
			const next = await createWriter();
			await signIn(reader);
			const other = await context.newPage();
			if (serviceWorkers === 'allow') {
				await page.goto('/');
				await untilControlled(page);
			}
			for (const tab of [page, other]) await readOlder(tab);
			await page.getByRole('button', { name: 'Sign out' }).click();
			await expect(page.getByText('You were logged out')).toBeVisible();
			for (const tab of [page, other]) {
				await expect(tab).toHaveURL(/\/public$/);
				await expect(tab.getByRole('button', { name: 'Sign out' })).toHaveCount(0);
			}
			for (const tab of [page, other]) {
				const kept = await textOfStorage(tab);
				expect(kept).not.toContain(author.name);
				expect(kept).not.toContain(reader.name);
			}

			await logIn(page, next);
			// Every entry of the history, including the reader's.
			while ((await page.goBack()) !== null && page.url() !== 'about:blank')
				await expect(page.locator('body')).not.toContainText(author.name);
			for (const tab of [page, other]) expect(await textOfStorage(tab)).not.toContain(author.name);
		});

		test('another account in one tab replaces the pages in all tabs, and the draft waits for its author', async ({
			page,
			context,
			signIn
		}) => {
			const { reader, author } = await createReader();
			await signIn(reader);
			await readOlder(page);
			await goTo(page, 'Home');
			await typeDraft(page, 'half a thought');
			const next = await signIn(await createWriter());
			const other = await context.newPage();
			await other.goto('/');
			const composer = (person: Person) => page.getByRole('textbox', { name: `What's on your mind ${person.name}?` });
			await expect(composer(next)).toHaveValue('');
			await expect(page.locator('body')).not.toContainText(author.name);
			expect(await page.evaluate(() => JSON.stringify(sessionStorage))).not.toContain(author.name);
			await signIn(reader);
			await other.reload();
			await expect(composer(reader)).toHaveValue('half a thought');
		});

		test('a navigation detects that another account is signed in', async ({ page, signIn }) => {
			const { reader, author } = await createReader();
			await signIn(reader);
			await readOlder(page);
			const next = await signIn(await createWriter());
			await page.addInitScript(noteListening);
			await goTo(page, 'Home');
			await expect(page.getByRole('textbox', { name: `What's on your mind ${next.name}?` })).toBeVisible();
			// Going back before the new document is hydrated can be cancelled by its start.
			await page.waitForFunction(() => 'isListening' in window);
			const own = `/${encodeURIComponent(next.name)}`;
			await expect(page.getByRole('link', { name: 'Profile', exact: true })).toHaveAttribute('href', own);
			await page.goBack();
			await expect(page.getByRole('heading', { name: 'Public timeline' })).toBeVisible();
			await page.goBack();
			await expect(page.getByRole('textbox', { name: `What's on your mind ${next.name}?` })).toBeVisible();
			await expect(page.locator('body')).not.toContainText(author.name);
		});
	});
}

test('the tab that signs out says so, even if another tab notices the change first', async ({
	page,
	context,
	signIn
}) => {
	await signIn();
	// Pauses between the server's response and the removal of the stored data.
	const held = Promise.withResolvers<undefined>();
	await page.exposeFunction('isHeld', () => held.promise);
	await page.addInitScript(() => {
		const remove = CacheStorage.prototype.delete;
		CacheStorage.prototype.delete = async function (name) {
			await (window as unknown as { isHeld(): Promise<void> }).isHeld();
			return remove.call(this, name);
		};
	});
	await page.goto('/');
	const answered = page.waitForResponse(/\/logout$/);
	await page.getByRole('button', { name: 'Sign out' }).click();
	await answered;
	const other = await context.newPage();
	await other.goto('/public');
	await expect.poll(() => page.evaluate(() => localStorage.getItem('account'))).toBe('none');
	held.resolve(undefined);
	await expect(page).toHaveURL(/\/public$/);
	await expect(page.getByText('You were logged out')).toBeVisible();
});

test('a page from the back/forward cache is replaced if another account has signed in meanwhile', async ({
	page,
	signIn
}) => {
	const { reader, author } = await createReader();
	await signIn(reader);
	await gotoHydrated(page, '/');
	await expect(page.getByRole('article').first()).toContainText(author.name);
	const next = await signIn(await createWriter());
	await page.evaluate((id) => {
		// A frozen page receives no events until it is shown again.
		localStorage.setItem('account', String(id));
		window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
	}, next.id);
	await expect(page.getByRole('textbox', { name: `What's on your mind ${next.name}?` })).toBeVisible();
	await expect(page.locator('body')).not.toContainText(author.name);
});

test('after logging in, Back leads to a URL that matches its page', async ({ page }) => {
	const { reader } = await createReader();
	await page.goto('/public');
	const navigation = page.getByRole('navigation').first();
	await navigation.getByRole('link', { name: 'Log in' }).click();
	await page.getByLabel('Username').fill(reader.name);
	await page.getByLabel('Password').fill(PASSWORD);
	await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
	await expect(page.getByText('You were logged in')).toBeVisible();
	await page.goBack();
	await expect(navigation.getByRole('link', { name: 'Profile', exact: true })).toBeVisible();
	const isAtHome = await page.getByRole('heading', { name: 'My timeline' }).isVisible();
	const path = isAtHome ? '/' : '/public';
	await expect(page).toHaveURL((url) => url.pathname === path);
	await expect(page.getByRole('link', { name: 'Older messages' })).toHaveAttribute(
		'href',
		new RegExp(`^${path}\\?before=\\d+$`)
	);
});
