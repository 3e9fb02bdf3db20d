import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CDPSession, type Page, chromium } from '@playwright/test';
import { SESSION_COOKIE, createSession } from '#lib/server/accounts/sessions.ts';
import { createMessage } from '../factories.ts';
import { createPerson, expect, goOffline, untilHydrated } from './fixtures.ts';
import {
	deployNewVersion,
	expectArrived,
	open,
	test,
	textsOf,
	typeDraft,
	waitUntilSaved,
	waiting,
	write
} from './writing.ts';

/* Whatever stops, changes or fills up midway, every message arrives exactly once and in order. */

test.beforeEach(({ expectedErrors }) => void expectedErrors.push(/ERR_|Failed to load resource|Failed to fetch/));

/** Makes the worker send, as Background Sync does. */
async function synchronize(browser: CDPSession, origin: string): Promise<void> {
	const registered = new Promise<string>((resolve) =>
		browser.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
			const found = registrations.find(({ scopeURL }) => scopeURL.startsWith(origin));
			if (found) resolve(found.registrationId);
		})
	);
	await browser.send('ServiceWorker.enable');
	const registrationId = await registered;
	await browser.send('ServiceWorker.dispatchSyncEvent', { origin, registrationId, tag: 'outbox', lastChance: false });
}

test('messages arrive if the worker is killed while it sends', async ({ page, context, signIn, network }) => {
	const person = await signIn();
	await open(page);
	await context.setOffline(true);
	await write(page, 'first');
	await write(page, 'second');
	await expect(waiting(page).getByText('second')).toBeVisible();
	// No page is left that could send.
	await page.goto('about:blank');
	network.fault = 'answer held';
	const other = await context.newPage();
	const browser = await context.newCDPSession(other);
	await context.setOffline(false);
	await synchronize(browser, network.origin);
	// The server has the message, but the worker does not know yet.
	await expect.poll(() => textsOf(person)).toEqual(['first']);
	await browser.send('ServiceWorker.stopAllWorkers');
	network.fault = 'none';
	await page.goto(network.origin);
	await expectArrived(person, ['first', 'second']);
	await expect(waiting(page)).toHaveCount(0);
});

test('messages arrive after the browser crashes and restarts with its profile', async ({ network, launchOptions }) => {
	const person = await createPerson();
	const profile = await mkdtemp(join(tmpdir(), 'minitwit-profile-'));
	const options = { ...launchOptions, baseURL: network.origin };
	const context = await chromium.launchPersistentContext(profile, options);
	const cookie = { name: SESSION_COOKIE, value: await createSession(person.id), url: network.origin };
	await context.addCookies([{ ...cookie, httpOnly: true, sameSite: 'Lax', expires: Date.now() / 1000 + 86_400 }]);
	const page = await context.newPage();
	await open(page);
	network.isCut = true;
	await context.setOffline(true);
	await write(page, 'first');
	await write(page, 'second');
	await expect(waiting(page).getByText('second')).toBeVisible();
	const closed = new Promise((resolve) => context.once('close', resolve));
	const browser = await context.newCDPSession(page);
	void browser.send('Browser.crash').catch(() => undefined);
	await closed;
	expect(await textsOf(person)).toEqual([]);

	network.isCut = false;
	const again = await chromium.launchPersistentContext(profile, options);
	await again.addCookies([{ ...cookie, httpOnly: true, sameSite: 'Lax' }]);
	await (await again.newPage()).goto('/');
	await expectArrived(person, ['first', 'second']);
	await again.close();
	await rm(profile, { recursive: true });
});

test('messages written offline on two devices of one user arrive in order', async ({
	page,
	context,
	browser,
	signIn,
	network
}) => {
	const person = await signIn();
	const device = await browser.newContext({ baseURL: network.origin });
	const value = await createSession(person.id);
	await device.addCookies([{ name: SESSION_COOKIE, value, url: network.origin, httpOnly: true, sameSite: 'Lax' }]);
	const other = await device.newPage();
	for (const writer of [page, other]) await open(writer);
	for (const [which, opened] of [context, device].entries()) {
		const writer = which === 0 ? page : other;
		await opened.setOffline(true);
		await write(writer, `${which} first`);
		await write(writer, `${which} second`);
	}
	await Promise.all([context.setOffline(false), device.setOffline(false)]);
	await expect.poll(async () => (await textsOf(person)).length).toBe(4);
	await Promise.all([page, other].map((writer) => expect(waiting(writer)).toHaveCount(0)));
	const texts = await textsOf(person);
	expect(texts.toSorted()).toEqual(['0 first', '0 second', '1 first', '1 second']);
	for (const which of [0, 1]) expect(texts.indexOf(`${which} first`)).toBeLessThan(texts.indexOf(`${which} second`));
	await device.close();
});

for (const days of [-1, 1]) {
	test(`messages arrive once a clock that is wrong by a day (${days}) is corrected`, async ({
		page,
		signIn,
		network
	}) => {
		const person = await signIn();
		await page.clock.install({ time: Date.now() + days * 86_400_000 });
		await open(page);
		network.fault = { status: 503 };
		await write(page, 'first');
		await write(page, 'second');
		await expect(waiting(page).getByText(/Waiting:/)).toHaveCount(1);
		network.fault = 'none';
		await page.clock.setSystemTime(Date.now());
		await page.reload();
		await expectArrived(person, ['first', 'second']);
		await expect(waiting(page)).toHaveCount(0);
	});
}

/** Leaves no storage for the origin, neither for messages nor for a worker. */
async function fillStorage(page: Page, origin: string): Promise<void> {
	const browser = await page.context().newCDPSession(page);
	await browser.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
}

/** Blocks IndexedDB, as in some private modes. */
async function refuseDatabase(page: Page): Promise<void> {
	await page.addInitScript(() => {
		IDBFactory.prototype.open = () => {
			throw new DOMException('The operation is insecure', 'SecurityError');
		};
	});
}

for (const [what, prepare] of Object.entries({
	'the storage is full': fillStorage,
	'the browser refuses a database': refuseDatabase
})) {
	test(`${what}: the page says so and keeps the text in the composer`, async ({
		page,
		context,
		signIn,
		network,
		expectedErrors
	}) => {
		// No worker has cached the code that the page preloads when idle.
		expectedErrors.push(/Quota/, /Unable to preload/);
		// The browser goes offline while it fetches the worker.
		expectedErrors.push(/fetching the script/);
		const person = await signIn();
		await prepare(page, network.origin);
		await page.goto('/');
		await untilHydrated(page);
		await context.setOffline(true);
		const textbox = page.getByRole('textbox');
		await textbox.fill('no room for this');
		await expect(async () => {
			await textbox.press('Control+Enter');
			await expect(page.getByText("this browser can't save your message")).toBeVisible({ timeout: 1_000 });
		}).toPass();
		await expect(textbox).toHaveValue('no room for this');
		await textbox.fill('no room for this');
		await expect(page.getByText("this browser can't save your message")).toHaveCount(0);
		await context.setOffline(false);
		await textbox.press('Control+Enter');
		await expectArrived(person, ['no room for this']);
	});
}

/** Writes messages one by one within the page, because a hundred round trips take minutes on a busy machine. */
function writeAll(page: Page, texts: string[]): Promise<void> {
	return page.getByRole('textbox').evaluate(async (element, all) => {
		const textbox = element as HTMLTextAreaElement;
		for (const text of all) {
			textbox.value = text;
			textbox.dispatchEvent(new InputEvent('input', { bubbles: true }));
			textbox.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true }));
			while (textbox.value !== '') await new Promise(requestAnimationFrame);
		}
	}, texts);
}

test('a hundred waiting messages all arrive in order', async ({ page, context, signIn }) => {
	test.slow();
	const person = await signIn();
	await open(page);
	await context.setOffline(true);
	const texts = Array.from({ length: 100 }, (_, number) => `number ${number}`);
	await writeAll(page, texts);
	await expect(waiting(page).getByText('number 99')).toBeVisible();
	await context.setOffline(false);
	await expect(waiting(page)).toHaveCount(0, { timeout: 30_000 });
	const readAll = await textsOf(person, 100);
	expect(readAll).toEqual(texts);
});

test('a new version is offered, not forced, and the old code stays available', async ({
	page,
	context,
	signIn,
	network,
	webServer
}) => {
	const person = await signIn();
	await open(page);
	await typeDraft(page, 'a draft');
	await goOffline(page);
	await write(page, 'written before');
	await typeDraft(page, 'begun before');
	const gone = await deployNewVersion(network, webServer);
	await context.setOffline(false);
	await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
	await expect(page.getByText('A new version of MiniTwit is available')).toBeVisible();
	await expect(page.getByRole('textbox')).toHaveValue('begun before');
	await page.getByRole('button', { name: 'Reload' }).click();
	await expect(page.getByText('A new version of MiniTwit is available')).toHaveCount(0);
	await expect(page.getByRole('textbox')).toHaveValue('begun before');
	await expectArrived(person, ['written before']);
	const statusOf = (path: string) => page.evaluate(async (url) => (await fetch(url)).status, path);
	await expect.poll(() => statusOf(`/${gone}`)).toBe(200);
	expect((await fetch(`${network.origin}/${gone}`)).status).toBe(404);
});

test('a new version takes over soon, also if the old worker waits for an answer that never comes', async ({
	page,
	signIn,
	network,
	webServer
}) => {
	const person = await signIn();
	await createMessage(person.id, 'on a saved page', null);
	await open(page);
	await waitUntilSaved(page, '/');
	network.fault = 'hanging';
	const asked = network.reads;
	await page.evaluate(() => navigator.serviceWorker.controller?.postMessage('check-copies'));
	await expect.poll(() => network.reads).toBeGreaterThan(asked);
	network.fault = 'none';
	await deployNewVersion(network, webServer);
	await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
	const loaded = page.waitForEvent('load');
	await page.getByRole('button', { name: 'Reload' }).click();
	await loaded;
});
