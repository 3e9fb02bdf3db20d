import type { Page } from '@playwright/test';
import { SQL, execute, queryRows } from '#lib/server/database/database.ts';
import { deleteMessage } from '#lib/server/messages/delete-message.ts';
import { profilePath } from '#lib/text/profile-path.ts';
import { createFollow, createMessage } from '../factories.ts';
import { createPerson, expect, gotoWatched, test } from './fixtures.ts';
import { FINISH_SECONDS } from './web-server.ts';

/* New messages by others are announced on open pages without moving their content. */

test.beforeEach(({ expectedErrors }) => void expectedErrors.push(/ERR_|Failed to load resource/));

const pill = (page: Page, label: string | RegExp) => page.getByRole('status').getByRole('button', { name: label });

test('a message by another user is offered, and nothing moves until it is requested', async ({ page }) => {
	const alice = await createPerson();
	for (let number = 0; number < 40; number++) await createMessage(alice.id, `old ${number}`, null);
	await gotoWatched(page, '/public');
	await page.evaluate(() => window.scrollTo(0, 600));
	const before = await page.getByRole('article').nth(8).boundingBox();
	await createMessage(alice.id, 'hot off the press', null);
	await expect(pill(page, '1 new message')).toBeVisible();
	await createMessage(alice.id, 'and another', null);
	await expect(pill(page, '2 new messages')).toBeVisible();
	expect(await page.getByRole('article').nth(8).boundingBox()).toEqual(before);

	await pill(page, '2 new messages').click();
	await expect(page.getByRole('article').first()).toContainText('and another');
	await expect(page.getByRole('article').first().getByRole('link').first()).toBeFocused();
	expect(await page.evaluate(() => window.scrollY)).toBe(0);
	await expect(page.getByRole('status').getByRole('button')).toHaveCount(0);
});

test('the home timeline announces messages by followed users and never the reader’s own', async ({
	page,
	signIn,
	context
}) => {
	const [me, friend, unfollowed] = [await signIn(), await createPerson(), await createPerson()];
	await createFollow(me.name, friend.name);
	await gotoWatched(page, '/');
	const other = await context.newPage();
	await gotoWatched(other, `/${encodeURIComponent(friend.name)}`);
	await page.bringToFront();
	await createMessage(unfollowed.id, 'not for me', null);
	await createMessage(me.id, 'from my other device', null);
	await createMessage(friend.id, 'for me', null);
	await expect(pill(page, /new message/)).toHaveText('1 new message');
	await other.bringToFront();
	await expect(pill(other, /new message/)).toHaveText('1 new message');
});

test('messages written while the listener is cut off or the server is down are announced afterwards', async ({
	page,
	webServer
}) => {
	const alice = await createPerson();
	await gotoWatched(page, '/public');
	const lost = await queryRows<{ pid: number }>(
		SQL`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE application_name = 'minitwit-listen' AND datname = current_database()`
	);
	expect(lost).toHaveLength(1);
	// Nothing is notified of this one.
	await insertSilently(alice.id);
	await expect(pill(page, '1 new message')).toBeVisible();

	await webServer.stop();
	await insertSilently(alice.id);
	await webServer.start();
	await expect(pill(page, '2 new messages')).toBeVisible();
});

test('a message that is already on the page is not announced as new, however late the notification', async ({
	page,
	context
}) => {
	const alice = await createPerson();
	const other = await context.newPage();
	await gotoWatched(other, '/public');
	await createMessage(alice.id, 'heard by those who listen', null);
	await expect(pill(other, /new message/)).toBeVisible();
	// Listeners do not know of this one when the page is rendered.
	await insertSilently(alice.id);
	await gotoWatched(page, '/public');
	await expect(page.getByText('quietly').first()).toBeVisible();
	await createMessage(alice.id, 'told together with it', null);
	await expect(pill(page, /new message/)).toHaveText('1 new message');
});

function insertSilently(author: number): Promise<number> {
	return execute(SQL`INSERT INTO messages (author_id, author_name, text)
		SELECT id, name, 'quietly' FROM users WHERE id = ${author}`);
}

test('polls if streams are blocked', async ({ page }) => {
	const alice = await createPerson();
	const { id } = await createMessage(alice.id, 'soon gone', null);
	await page.clock.install();
	await refuseStreams(page);
	await gotoWatched(page, profilePath(alice.name));
	await createMessage(alice.id, 'asked for', null);
	await expectPill(page, '1 new message');
	await expect(page.getByText('soon gone')).toBeVisible();
	await deleteMessage({ ...alice, address: '192.0.2.1' }, id, null);
	await page.clock.runFor(31_000);
	await expect(page.getByText('soon gone')).toBeHidden();
});

for (const isStreamRefused of [false, true]) {
	test(`new messages are counted up to 99, ${isStreamRefused ? 'by polling' : 'by a stream that opens late'}`, async ({
		page
	}) => {
		const alice = await createPerson();
		await page.clock.install();
		if (isStreamRefused) await refuseStreams(page);
		// The page is rendered first, and its stream opens once all messages are written.
		let openStream = () => {};
		const areWritten = new Promise<void>((resolve) => (openStream = resolve));
		await page.route('**/events?*', async (route) => {
			await areWritten;
			return route.fallback();
		});
		await page.goto(`/${encodeURIComponent(alice.name)}`);
		await writeMany(alice.id, 80);
		openStream();
		await expectPill(page, '80 new messages');
		await writeMany(alice.id, 40);
		await expectPill(page, '99+ new messages');
	});
}

/** Advances the clock until the pill has this label. */
async function expectPill(page: Page, label: string): Promise<void> {
	await expect(async () => {
		await page.clock.runFor(31_000);
		await expect(pill(page, label)).toBeVisible({ timeout: 500 });
	}).toPass({ timeout: 20_000 });
}

async function writeMany(author: number, count: number): Promise<void> {
	for (let number = 0; number < count; number++) await createMessage(author, `message ${number}`, null);
}

async function refuseStreams(page: Page): Promise<void> {
	await page.route('**/events?*', (route) =>
		route.request().headers()['accept'] === 'application/json' ? route.continue() : route.fulfill({ status: 503 })
	);
}

test('rejects a stream without a log-in, of an unknown timeline or with invalid parameters', async ({ request }) => {
	const statusOf = async (query: string) => (await request.get(`/events?${query}`)).status();
	expect(await statusOf('timeline=home&after=0')).toBe(401);
	expect(await statusOf('timeline=user&name=nobody-at-all&after=0')).toBe(404);
	expect(await statusOf('timeline=public')).toBe(400);
	expect(await statusOf('timeline=public&after=x')).toBe(400);
	expect(await statusOf('timeline=all&after=0')).toBe(400);
});

test('a stopping server ends its streams immediately', async ({ webServer }) => {
	const answer = await fetch(`${webServer.origin}/events?timeline=public&after=0`);
	const ended = answer.text();
	const started = performance.now();
	await webServer.stop();
	expect(await ended).toContain('retry:');
	expect(performance.now() - started).toBeLessThan((FINISH_SECONDS * 1000) / 2);
	await webServer.start();
});

test('going back restores the older pages and the scroll position', async ({ page }) => {
	const alice = await createPerson();
	for (let number = 0; number < 70; number++) await createMessage(alice.id, `message ${number}`, null);
	await gotoWatched(page, `/${encodeURIComponent(alice.name)}`);
	const articles = page.getByRole('article');
	await page.getByRole('link', { name: 'Older messages' }).click();
	await expect(articles).toHaveCount(60);
	await articles.nth(45).scrollIntoViewIfNeeded();
	const place = await articles.nth(45).boundingBox();
	const isBack = async () => {
		await expect(articles).toHaveCount(60);
		await expect.poll(() => articles.nth(45).boundingBox()).toEqual(place);
	};
	await page.reload();
	await isBack();
	// Like the bottom bar of a phone, which is reachable from every scroll position.
	await page.getByRole('navigation').getByRole('link', { name: 'Everyone' }).dispatchEvent('click');
	await expect(page.getByRole('heading', { name: 'Public timeline' })).toBeVisible();
	await page.goBack();
	await isBack();
	await page.getByRole('link', { name: 'Older messages' }).click();
	await expect(articles).toHaveCount(70);
});
