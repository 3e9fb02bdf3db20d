import type { Page } from '@playwright/test';
import { listFollowing } from '#lib/server/follows/following.ts';
import { deleteSessionsOf } from '#lib/server/accounts/sessions.ts';
import { PASSWORD } from '../factories.ts';
import type { Fault, FaultProxy } from './fault-proxy.ts';
import { type Person, blockEventStream, createPerson, expect, goOffline } from './fixtures.ts';
import { expectArrived, makeTooLong, open, test, textsOf, typeDraft, waiting, wakeUp, write } from './writing.ts';

/* Every message written offline or over an unreliable network arrives exactly once. */

test.beforeEach(({ expectedErrors }) => void expectedErrors.push(/ERR_|Failed to load resource|Failed to fetch/));

test('messages written offline are sent in order after reconnecting and appear in the timeline', async ({
	page,
	context,
	signIn
}) => {
	const person = await signIn();
	await open(page);
	await goOffline(page);
	for (const text of ['one', 'two', 'three']) await write(page, text);
	await expect(waiting(page).getByText('two', { exact: true })).toBeVisible();
	expect(await textsOf(person)).toEqual([]);
	await page.reload();
	await expect(waiting(page).getByText('three', { exact: true })).toBeVisible();
	await context.setOffline(false);
	await expectArrived(person, ['one', 'two', 'three']);
	await expect(waiting(page)).toHaveCount(0);
	await expect(page.getByRole('article').first()).toContainText('three');
	await expect(page.getByText('Your message was recorded')).toBeVisible();
});

test('a message written while the server is down is sent when it is back', async ({ page, signIn, webServer }) => {
	const person = await signIn();
	await open(page);
	await webServer.stop();
	await write(page, 'to nobody');
	await expect(waiting(page)).toContainText('to nobody');
	await webServer.start();
	await wakeUp(page);
	await expectArrived(person, ['to nobody']);
});

const FAULTS: Fault[] = [
	'answer dropped',
	'answer cut',
	'captive portal',
	'captive portal that redirects',
	'proxy that refuses in JSON',
	{ status: 502 },
	{ status: 503, retryAfterSeconds: 1 },
	{ status: 429, retryAfterSeconds: 1 }
];
for (const fault of FAULTS) {
	test(`messages arrive in order after this network fault: ${JSON.stringify(fault)}`, async ({
		page,
		signIn,
		network
	}) => {
		const person = await signIn();
		await open(page);
		network.fault = fault;
		await write(page, 'first');
		await write(page, 'second');
		await expect.poll(() => network.posts).toBeGreaterThan(0);
		await expect(waiting(page).getByText('second')).toBeVisible();
		network.fault = 'none';
		await wakeUp(page);
		await expectArrived(person, ['first', 'second']);
		await expect(waiting(page)).toHaveCount(0);
	});
}

test('waiting messages are sent first even if the connection to IndexedDB closes silently', async ({
	page,
	signIn,
	network
}) => {
	const person = await signIn();
	await page.addInitScript(() => {
		const open = IDBFactory.prototype.open;
		IDBFactory.prototype.open = function (...parameters) {
			const request = open.apply(this, parameters);
			request.addEventListener('success', () => addEventListener('kill connections', () => request.result.close()));
			return request;
		};
	});
	await open(page);
	network.fault = { status: 503 };
	await write(page, 'first');
	await expect(waiting(page).getByText(/Waiting:/)).toBeVisible();
	network.fault = 'none';
	await page.evaluate(() => dispatchEvent(new Event('kill connections')));
	await write(page, 'second');
	await expectArrived(person, ['first', 'second']);
	await expect(waiting(page)).toHaveCount(0);
});

test('the same text sent twice from the same saved page is two messages', async ({ page, context, signIn }) => {
	const person = await signIn();
	await open(page);
	for (const texts of [['Good morning'], ['Good morning', 'Good morning']]) {
		await goOffline(page);
		await page.goto('/');
		await write(page, 'Good morning');
		await context.setOffline(false);
		await expectArrived(person, texts);
		await expect(waiting(page)).toHaveCount(0);
	}
});

test('messages from two tabs are sent in order', async ({ page, context, signIn }) => {
	const person = await signIn();
	const other = await context.newPage();
	await open(page);
	await open(other);
	await goOffline(page);
	await write(page, 'from the first tab');
	await write(other, 'from the second tab');
	await expect(waiting(page).getByText('from the second tab')).toBeVisible();
	await context.setOffline(false);
	await expectArrived(person, ['from the first tab', 'from the second tab']);
});

test('a message waits for its author if the session ends meanwhile', async ({ page, signIn, context, network }) => {
	const person = await signIn();
	const otherPerson = await createPerson();
	await blockEventStream(page);
	await open(page);
	await goOffline(page);
	await write(page, 'mine alone');
	await deleteSessionsOf(person.id);
	await context.setOffline(false);
	await expect(page.getByRole('link', { name: `Log in as ${person.name} to send` })).toBeVisible();
	await page.goto(network.origin);
	await expect(page).toHaveURL(/\/public$/);
	await expect(page.getByText('1 message from')).toContainText(person.name);

	await logIn(page, otherPerson, network);
	await expect(page.getByText('1 message from')).toBeVisible();
	await expect(page.getByText('mine alone')).toHaveCount(0);
	await page.getByRole('button', { name: 'Sign out' }).click();
	await expect(page.getByText('You were logged out')).toBeVisible();
	await logIn(page, person, network);
	await expectArrived(person, ['mine alone']);
	expect(await textsOf(otherPerson)).toEqual([]);
});

async function logIn(page: Page, { name }: Person, { origin }: FaultProxy): Promise<void> {
	await page.goto(`${origin}/login`);
	await page.getByLabel('Username').fill(name);
	await page.getByLabel('Password').fill(PASSWORD);
	await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
	await expect(page.getByText('You were logged in')).toBeVisible();
}

test('a rejected message is kept with the reason and does not hold up the others', async ({
	page,
	context,
	signIn
}) => {
	const person = await signIn();
	await open(page);
	await goOffline(page);
	await write(page, 'bad');
	await write(page, 'good');
	await makeTooLong(page, 'bad');
	await context.setOffline(false);
	await expectArrived(person, ['good']);
	await expect(waiting(page)).toContainText('A message can have at most 280 characters');
	await page.getByRole('button', { name: 'Discard' }).click();
	await expect(waiting(page)).toHaveCount(0);
});

test('the last choice counts when following and unfollowing offline', async ({ page, context, signIn }) => {
	const person = await signIn();
	const [bob, charlie] = [await createPerson(), await createPerson()];
	await open(page);
	for (const { name } of [bob, charlie]) await page.goto(`/${encodeURIComponent(name)}`);
	await goOffline(page);
	await page.getByRole('button', { name: 'Follow', exact: true }).click();
	await page.goto(`/${encodeURIComponent(bob.name)}`);
	await page.getByRole('button', { name: 'Follow', exact: true }).click();
	await page.getByRole('button', { name: 'Unfollow' }).click();
	await expect(page.getByRole('button', { name: 'Follow', exact: true })).toBeVisible();
	await context.setOffline(false);
	await expect(page.getByText(`You are no longer following "${bob.name}"`)).toBeVisible();
	await page.goto(`/${encodeURIComponent(person.name)}/following`);
	const names = page.getByRole('list', { name: 'Following' }).getByRole('listitem').getByRole('link');
	await expect(names).toHaveText([charlie.name]);
});

test('users named like properties of Object.prototype can be followed and unfollowed', async ({ page, signIn }) => {
	const person = await signIn();
	const names = ['constructor', '__proto__'];
	await open(page);
	for (const name of names) {
		await createPerson({ name });
		await page.goto(`/${name}`);
		await page.getByRole('button', { name: 'Follow', exact: true }).click();
		await expect(page.getByText(`You are now following "${name}"`)).toBeVisible();
		await page.getByRole('button', { name: 'Unfollow', exact: true }).click();
		await expect(page.getByText(`You are no longer following "${name}"`)).toBeVisible();
		await expect(page.getByRole('button', { name: 'Follow', exact: true })).toBeVisible();
	}
	expect((await listFollowing(person.id, null)).items).toEqual([]);
});

test('the worker queues a form that is submitted offline without scripts', async ({ page, context, signIn }) => {
	const person = await signIn();
	await open(page);
	await goOffline(page);
	await page.evaluate(() => {
		const form = document.querySelector('form[action="/add_message"]') as HTMLFormElement;
		(form.querySelector('textarea') as HTMLTextAreaElement).value = 'by the form itself';
		form.submit();
	});
	await expect(page.getByRole('heading', { name: 'Your message is waiting to be sent' })).toBeVisible();
	await context.setOffline(false);
	await page.goto('/');
	await expectArrived(person, ['by the form itself']);
});

test('a draft survives a reload, online and offline, and is shared by two tabs', async ({ page, context, signIn }) => {
	await signIn();
	await open(page);
	await typeDraft(page, 'half a thought');
	await page.reload();
	await expect(page.getByRole('textbox')).toHaveValue('half a thought');
	await goOffline(page);
	await page.reload();
	await expect(page.getByRole('textbox')).toHaveValue('half a thought');
	await context.setOffline(false);
	const other = await context.newPage();
	await other.goto('/');
	await expect(other.getByRole('textbox')).toHaveValue('half a thought');
	await write(page, 'a whole thought');
	await expect(other.getByRole('textbox')).toHaveValue('');
});
