import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { expect, onTestFinished } from 'vitest';
import { findFolloweeIds } from '#lib/server/follows/following.ts';
import { findMessage } from '#lib/server/messages/find-message.ts';
import { deleteSessionsOf } from '#lib/server/accounts/sessions.ts';
import type { Fault, FaultProxy } from '../e2e/fault-proxy.ts';
import { textsOf } from '../e2e/texts.ts';
import { PASSWORD, createMessage, createPerson } from '../factories.ts';
import {
	click,
	expectArrived,
	expectText,
	expectWaiting,
	kill,
	launchFirefox,
	load,
	open,
	setOffline,
	signIn,
	test,
	write
} from './driver.ts';

/* Firefox has no Background Sync: the page's own retry triggers send waiting messages exactly once. */

const pageOf = ({ name }: { name: string }, { origin }: FaultProxy) => `${origin}/${encodeURIComponent(name)}`;

test('messages written offline are sent in order after reconnecting', async ({ page, person, firefox, network }) => {
	expect(await page.evaluate(() => 'SyncManager' in window)).toBe(false);
	await setOffline(firefox, network, true);
	for (const text of ['one', 'two', 'three']) await write(page, text);
	await expectWaiting(page, ['one', 'two', 'three']);
	await load(page);
	await expectWaiting(page, ['one', 'two', 'three']);
	expect(await textsOf(person)).toEqual([]);
	await setOffline(firefox, network, false);
	await expectArrived(person, ['one', 'two', 'three']);
	await expectWaiting(page, []);
	await expectText(page, 'Your message was recorded');
});

test('a message is sent when the server is back, without any event on the page', async ({
	page,
	person,
	webServer
}) => {
	await webServer.stop();
	await write(page, 'to nobody');
	await expectWaiting(page, ['to nobody']);
	expect(await page.evaluate(() => navigator.onLine)).toBe(true);
	await webServer.start();
	await expectArrived(person, ['to nobody']);
});

const FAULTS: Fault[] = ['answer dropped', 'answer cut', 'captive portal', { status: 502 }];
for (const fault of FAULTS) {
	test(`messages arrive in order after this network fault: ${JSON.stringify(fault)}`, async ({
		page,
		person,
		network
	}) => {
		network.fault = fault;
		await write(page, 'first');
		await write(page, 'second');
		await expect.poll(() => network.posts).toBeGreaterThan(0);
		await expectWaiting(page, ['first', 'second']);
		network.fault = 'none';
		await expectArrived(person, ['first', 'second']);
		await expectWaiting(page, []);
	});
}

test('Retry-After is respected', async ({ page, person, network }) => {
	network.fault = { status: 503, retryAfterSeconds: 3 };
	const from = Date.now();
	await write(page, 'later');
	await expectText(page, 'MiniTwit is busy');
	network.fault = 'none';
	await load(page);
	await expectArrived(person, ['later']);
	expect(Date.now() - from).toBeGreaterThan(3_000);
	expect(network.posts).toBe(2);
});

test('messages from two tabs are sent in order', async ({ page, context, person, network, firefox }) => {
	const other = await open(context, network);
	await setOffline(firefox, network, true);
	await write(other, 'from the second tab');
	await page.bringToFront();
	await write(page, 'from the first tab');
	await expectWaiting(other, ['from the second tab', 'from the first tab']);
	await setOffline(firefox, network, false);
	await expectArrived(person, ['from the second tab', 'from the first tab']);
	for (const tab of [page, other]) await expectWaiting(tab, []);
});

test(
	'a message waits for its author if the session ends meanwhile',
	{ timeout: 120_000 },
	async ({ page, person, network, firefox }) => {
		const otherPerson = await createPerson();
		await setOffline(firefox, network, true);
		await write(page, 'mine alone');
		await deleteSessionsOf(person.id);
		await setOffline(firefox, network, false);
		// A visitor's page replaces this one when it asks for new messages, 30 s after its stream was refused.
		await page.waitForFunction(
			() => document.querySelector('#svelte-announcer') !== null && document.querySelector('textarea') === null,
			{ timeout: 60_000 }
		);
		await load(page, `${network.origin}/public`);
		await expectText(page, `1 message from ${person.name}`);

		await logIn(page, otherPerson.name, network.origin);
		await expectText(page, `1 message from ${person.name}`);
		await expectWaiting(page, []);
		await click(page, 'Sign out');
		await expectText(page, 'You were logged out');
		await logIn(page, person.name, network.origin);
		await expectArrived(person, ['mine alone']);
		expect(await textsOf(otherPerson)).toEqual([]);
	}
);

async function logIn(page: Page, name: string, origin: string): Promise<void> {
	await load(page, `${origin}/login`);
	await page.locator('input[name="username"]').fill(name);
	await page.locator('input[name="password"]').fill(PASSWORD);
	await page.locator('main button:not([type="button"])').click();
	await expectText(page, 'You were logged in');
}

test('messages arrive after Firefox is killed and restarted with its profile', async ({ folder, network, person }) => {
	const profile = join(folder, 'killed');
	const firefox = await launchFirefox(profile);
	onTestFinished(() => kill(firefox));
	await signIn(firefox.defaultBrowserContext(), person);
	const page = await open(firefox.defaultBrowserContext(), network);
	await setOffline(firefox, network, true);
	await write(page, 'first');
	await write(page, 'second');
	await kill(firefox);
	expect(await textsOf(person)).toEqual([]);

	network.fault = 'none';
	const again = await launchFirefox(profile);
	onTestFinished(() => kill(again));
	await signIn(again.defaultBrowserContext(), person);
	await load(await again.newPage(), network.origin);
	await expectArrived(person, ['first', 'second']);
});

test('visited timelines can be read offline, and other pages say that they are not saved', async ({
	page,
	person,
	firefox,
	network
}) => {
	await createMessage(person.id, 'seen before', null);
	await load(page);
	await setOffline(firefox, network, true);
	await load(page, network.origin);
	await expectText(page, 'seen before');
	await expectText(page, 'Offline copy from');
	await load(page, pageOf(await createPerson(), network));
	await expectText(page, "This page isn't saved on this device");
});

test('the last choice counts when following and unfollowing offline', async ({ page, person, firefox, network }) => {
	const [bob, charlie] = [await createPerson(), await createPerson()];
	for (const other of [bob, charlie]) await load(page, pageOf(other, network));
	await setOffline(firefox, network, true);
	for (const other of [charlie, bob]) {
		await load(page, pageOf(other, network));
		await click(page, 'Follow');
	}
	await click(page, 'Unfollow');
	await setOffline(firefox, network, false);
	await expectText(page, `You are no longer following "${bob.name}"`);
	expect(await findFolloweeIds(person.id)).toEqual([charlie.id]);
});

test('a message deleted offline is hidden at once, and deleted when the network is back', async ({
	page,
	person,
	firefox,
	network
}) => {
	const { id } = await createMessage(person.id, 'second thoughts', null);
	await load(page);
	await setOffline(firefox, network, true);
	await page.locator('aria/Message actions').click();
	await click(page, 'Delete');
	await page.waitForFunction(() => document.querySelector('article') === null);
	await setOffline(firefox, network, false);
	await expect.poll(() => findMessage(person.name, id), { timeout: 15_000 }).toBe('deleted');
});

test('an account closed in one tab ends the other tab too', async ({ page, context, network }) => {
	const other = await open(context, network);
	await page.bringToFront();
	await load(page, `${network.origin}/settings/close`);
	await page.locator('input[type=password]').fill(PASSWORD);
	await click(page, 'Close account');
	await expectText(page, 'Your account is closed');
	await other.bringToFront();
	await expect.poll(() => other.url()).toBe(`${network.origin}/public`);
});

test('the worker queues a form that is submitted offline without scripts', async ({
	page,
	person,
	firefox,
	network
}) => {
	await setOffline(firefox, network, true);
	await page.$eval('textarea', (textarea) => {
		textarea.value = 'by the form itself';
		textarea.form?.submit();
	});
	await expectText(page, 'Your message is waiting to be sent');
	await load(page, network.origin);
	await expectWaiting(page, ['by the form itself']);
	await setOffline(firefox, network, false);
	await expectArrived(person, ['by the form itself']);
});
