import type { Page } from '@playwright/test';
import { PASSWORD } from '../factories.ts';
import type { Fault, FaultProxy } from './fault-proxy.ts';
import { type Person, createPerson, expect } from './fixtures.ts';
import {
	expectArrived,
	makeTooLong,
	open,
	test,
	textsOf,
	typeDraft,
	waitUntilSaved,
	waiting,
	write
} from './writing.ts';

/* Answers of a network or proxy in the server's place change nothing: only the server's own answers count. */

test.beforeEach(
	({ expectedErrors }) => void expectedErrors.push(/ERR_|Failed to load resource|Failed to fetch|MIME type|form-action/)
);

const FAULTS: Fault[] = [
	'captive portal',
	'captive portal that redirects',
	'proxy that refuses in JSON',
	{ status: 502 },
	{ status: 429 }
];

/** Submits a form of the page as without scripts. Does not wait for the next page: a policy may block a redirect. */
async function submit(page: Page, network: FaultProxy, action: string, text?: string): Promise<void> {
	const { posts } = network;
	await page.evaluate(
		([path, value]) => {
			const form = document.querySelector<HTMLFormElement>(`form[action="${path}"]`);
			const textarea = form?.querySelector('textarea');
			if (textarea && value !== undefined) textarea.value = value;
			form?.submit();
		},
		[action, text] as const
	);
	await expect.poll(() => network.posts).toBeGreaterThan(posts);
}

/** Resolves to what this browser stores for an account besides its outbox. */
const kept = (page: Page, { id }: Person) =>
	page.evaluate(
		async (suffix) => [...(await caches.keys()), ...Object.keys(localStorage)].filter((key) => key.endsWith(suffix)),
		`-${id}`
	);

/** Writes a message that the server rejects, so that it waits until the user acts. */
async function writeRefused(page: Page, text: string): Promise<void> {
	await page.context().setOffline(true);
	await write(page, text);
	await makeTooLong(page, text);
	await page.context().setOffline(false);
	await expect(waiting(page)).toContainText('at most 280 characters');
}

async function logIn(page: Page, { name }: Person, origin: string): Promise<void> {
	await page.goto(`${origin}/login`);
	await page.getByLabel('Username').fill(name);
	await page.getByLabel('Password').fill(PASSWORD);
	await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
	await expect(page.getByText('You were logged in')).toBeVisible();
}

for (const fault of FAULTS) {
	test(`a log-out without scripts removes nothing with this fault: ${JSON.stringify(fault)}`, async ({
		page,
		context,
		signIn,
		network
	}) => {
		const person = await signIn();
		await open(page);
		network.fault = { status: 503 };
		await write(page, 'still waiting');
		await expect(waiting(page).getByText(/Waiting:/)).toBeVisible();
		await typeDraft(page, 'a draft');
		const before = await kept(page, person);
		network.fault = fault;
		await submit(page, network, '/logout');
		const other = await context.newPage();
		await other.goto('/offline');
		expect(await kept(other, person)).toEqual(before);
		network.fault = 'none';
		await other.goto('/');
		await expect(other.getByRole('textbox')).toHaveValue('a draft');
		await expectArrived(person, ['still waiting']);
	});

	test(`a message posted without scripts arrives later with this fault: ${JSON.stringify(fault)}`, async ({
		page,
		context,
		signIn,
		network
	}) => {
		const person = await signIn();
		await open(page);
		network.fault = fault;
		await submit(page, network, '/add_message', 'by the form itself');
		network.fault = 'none';
		const other = await context.newPage();
		await other.goto('/');
		await expectArrived(person, ['by the form itself']);
		await expect(waiting(other)).toHaveCount(0);
	});
}

test('a message posted without scripts that the server accepts arrives once', async ({ page, signIn, network }) => {
	const person = await signIn();
	await open(page);
	await submit(page, network, '/add_message', 'by the form itself');
	await expect(page.getByText('Your message was recorded')).toBeVisible();
	await expect(page.getByRole('article').filter({ hasText: 'by the form itself' })).toHaveCount(1);
	await expect(waiting(page)).toHaveCount(0);
	expect(await textsOf(person)).toEqual(['by the form itself']);
	await expect(page.getByText('Your message was recorded')).toHaveCount(1);
});

test('a log-out without scripts keeps only the messages that wait for their author', async ({
	page,
	signIn,
	network
}) => {
	const person = await signIn();
	await open(page);
	await writeRefused(page, 'to be mended');
	await typeDraft(page, 'a draft');
	await submit(page, network, '/logout');
	await expect(page.getByRole('link', { name: 'Log in' }).first()).toBeVisible();
	await expect.poll(() => kept(page, person)).toEqual([]);
	await logIn(page, await createPerson(), network.origin);
	await expect(page.getByText('1 message from')).toBeVisible();
	await page.getByRole('button', { name: 'Sign out' }).click();
	await expect(page.getByText('You were logged out')).toBeVisible();
	await logIn(page, person, network.origin);
	await page.getByRole('button', { name: 'Discard' }).click();
	await expect(waiting(page)).toHaveCount(0);
});

test('signing out removes waiting messages once the user confirms and the server has answered', async ({
	page,
	signIn,
	network
}) => {
	const person = await signIn();
	await open(page);
	await writeRefused(page, 'given up');
	page.on('dialog', (dialog) => void dialog.accept());
	network.fault = 'captive portal';
	await page.getByRole('button', { name: 'Sign out' }).click();
	await expect(page.getByText("you're still logged in")).toBeVisible();
	await expect(waiting(page)).toContainText('at most 280 characters');
	network.fault = 'none';
	await page.getByRole('button', { name: 'Sign out' }).click();
	await expect(page.getByText('You were logged out')).toBeVisible();
	await expect.poll(() => kept(page, person)).toEqual([]);
	await logIn(page, person, network.origin);
	await expect(waiting(page)).toHaveCount(0);
});

test('a form of another site does not enter the outbox', async ({ page, context, signIn, network }) => {
	const person = await signIn();
	await open(page);
	const fields = { text: 'forged', owner: person.id, owner_name: person.name };
	const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`);
	const body = `<form method="POST" action="${network.origin}/add_message">${inputs.join('')}</form>`;
	await page.route('http://evil.example/', (route) => route.fulfill({ contentType: 'text/html', body }));
	await page.goto('http://evil.example/');
	network.fault = { status: 503 };
	await submit(page, network, `${network.origin}/add_message`);
	network.fault = 'none';
	const other = await context.newPage();
	await other.goto('/');
	await write(other, 'my own');
	await expectArrived(person, ['my own']);
});

test('data is read from the saved copy if a captive portal answers', async ({ page, signIn, network }) => {
	await signIn();
	await open(page);
	await page.getByRole('link', { name: 'Everyone' }).first().click();
	await expect(page).toHaveURL(/\/public$/);
	await waitUntilSaved(page, '/public/__data.json');
	await page.goto('/');
	network.scripts.set('/public/__data.json', '<h1>Welcome to the hotel</h1>');
	await page.getByRole('link', { name: 'Everyone' }).first().click();
	await expect(page.getByText('Offline copy from')).toBeVisible();
});

test('a page received in place of code is not cached as code', async ({ page, network, webServer }) => {
	const worker = await (await fetch(`${webServer.origin}/service-worker.js`)).text();
	const paths = [...worker.matchAll(/_app\/immutable\/nodes\/[^"'`]+/g)].map(([path]) => `/${path}`);
	const path = paths.at(-1) ?? '';
	network.scripts.set(path, '<h1>Welcome to the hotel</h1>');
	await page.goto('/public');
	const hasWorker = () => page.evaluate(async () => (await navigator.serviceWorker.getRegistration()) !== undefined);
	await expect.poll(hasWorker).toBe(false);
	network.scripts.clear();
	await page.reload();
	await page.evaluate(() => navigator.serviceWorker.ready);
	expect(await page.evaluate(async (url) => (await caches.match(url))?.text(), path)).not.toMatch(/^</);
});
