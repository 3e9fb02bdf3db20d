import { profilePath } from '#lib/text/profile-path.ts';
import { flagMessages, unflagMessages } from '#lib/server/moderation/flagged-messages.ts';
import { grantModerator } from '#lib/server/moderation/moderators.ts';
import { reportMessage } from '#lib/server/moderation/reports.ts';
import { restoreAccount, suspendAccount } from '#lib/server/moderation/suspensions.ts';
import { createMessage } from '../factories.ts';
import { type Person, createPerson, expect, gotoWatched, test } from './fixtures.ts';
import { checkPage } from './look.ts';

/* Messages are reported, moderators decide, and authors see why and answer. */

const OPERATOR = { kind: 'operator', name: 'root' } as const;
const ADDRESS = { address: '192.0.2.1' };

test.beforeEach(({ expectedErrors }) => void expectedErrors.push(/40[0349]/));

async function createModerator(): Promise<Person> {
	const moderator = await createPerson();
	await grantModerator(OPERATOR, moderator.id, 'looks after the place');
	return moderator;
}

async function createStory(text: string) {
	const author = await createPerson();
	const { id } = await createMessage(author.id, text);
	return { author, id, path: `${profilePath(author.name)}/${id}` };
}

for (const javaScriptEnabled of [true, false]) {
	test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
		test.use({ javaScriptEnabled });

		test('a message is reported, hidden, answered by its author, and shown again', async ({
			page,
			signIn,
			context
		}) => {
			const text = `rather loud ${crypto.randomUUID()}`;
			const { author, path, id } = await createStory(text);
			await signIn();
			await page.goto(path);
			if (javaScriptEnabled) {
				await page.getByRole('link', { name: 'Message actions' }).click();
				await page.getByRole('dialog').getByRole('link', { name: 'Report' }).click();
			} else await page.getByRole('link', { name: 'Report' }).click();
			await page.getByRole('button', { name: 'Report' }).click();
			await expect(page.getByRole('alert')).toHaveText('Choose a reason');
			await page.getByRole('radio', { name: 'Harassment or hate' }).check();
			await page.getByLabel('Anything to add?').fill('It hurts my ears');
			await page.getByRole('button', { name: 'Report' }).click();
			await expect(page.getByRole('status').first()).toContainText('Thank you. The moderators will look at it.');
			await page.goto(`${path}/report`);
			await expect(page.getByText('You have reported this message')).toBeVisible();

			const moderator = await createModerator();
			await signIn(moderator);
			await page.goto(profilePath(moderator.name));
			await page.getByRole('link', { name: 'Moderation' }).click();
			await page.locator('.case', { hasText: text }).getByRole('link', { name: 'Review' }).click();
			await expect(page.getByText('It hurts my ears')).toBeVisible();
			await page.getByRole('button', { name: 'Hide message' }).click();
			await expect(page.getByRole('alert')).toHaveText('Enter a reason');
			await page.getByLabel('Reason').fill('Shouting is not welcome');
			await page.getByRole('button', { name: 'Hide message' }).click();
			await expect(page.getByRole('heading', { name: 'Moderation' })).toBeVisible();
			await expect(page.locator('.case', { hasText: text })).toHaveCount(0);
			// For everybody else.
			expect((await page.goto(path))?.status()).toBe(404);

			await signIn(author);
			await page.goto(profilePath(author.name));
			await expect(page.getByRole('region', { name: 'Hidden messages' })).toContainText('Shouting is not welcome');
			await page.getByRole('link', { name: 'Answer' }).click();
			await page.getByLabel('Your answer').fill('I was happy');
			await page.getByRole('button', { name: 'Send answer' }).click();
			await expect(page.getByText('I was happy')).toBeVisible();
			await expect(page.getByLabel('Your answer')).toHaveCount(0);

			await signIn(moderator);
			await page.goto('/moderation/hidden');
			await expect(page.locator('.case', { hasText: text })).toContainText('I was happy');
			await page.goto(`/moderation/messages/${id}`);
			await page.getByLabel('Reason').fill('Fair enough');
			await page.getByRole('button', { name: 'Show again' }).click();
			await expect(page.getByRole('heading', { name: 'Moderation' })).toBeVisible();
			await context.clearCookies();
			await page.goto(path);
			await expect(page.getByRole('article')).toContainText(text);
		});
	});
}

test('a hidden message leaves open pages, kept pages and the next answer of the API', async ({ page, request }) => {
	const text = `for a while ${crypto.randomUUID()}`;
	const { author, id, path } = await createStory(text);
	// Kept by the server for visitors without a cookie.
	for (const kept of ['/public', profilePath(author.name)])
		for (let time = 0; time < 2; time++) expect(await (await request.get(kept)).text()).toContain(text);
	await gotoWatched(page, profilePath(author.name));
	await expect(page.getByRole('article')).toHaveCount(1);
	await flagMessages(OPERATOR, [id], 'loud');
	await expect(page.getByRole('article')).toHaveCount(0);
	for (const kept of ['/public', profilePath(author.name)])
		expect(await (await request.get(kept)).text()).not.toContain(text);
	expect((await request.get(path)).status()).toBe(404);
	const events = `/events?timeline=public&after=${id}&oldest=${id}`;
	const changes = await (await request.get(events, { headers: { accept: 'application/json' } })).json();
	expect(changes.removed).toEqual([id]);
});

test('a suspended user reads why, and cannot write', async ({ page, signIn }) => {
	const person = await signIn();
	await suspendAccount(OPERATOR, person.id, 'Posts nothing but spam');
	for (const path of ['/', '/add_message', profilePath(person.name), '/settings']) {
		await page.goto(path);
		await expect(page.getByRole('region', { name: 'Your account is suspended' })).toContainText('nothing but spam');
		await expect(page.getByRole('textbox', { name: "What's on your mind" })).toHaveCount(0);
	}
	await expect(page.getByRole('link', { name: 'Your data Download' })).toBeVisible();
	await expect(page.getByRole('link', { name: 'Close account Hide' })).toBeVisible();
	const answer = await page.request.post('/add_message', {
		form: { text: 'still here' },
		headers: { origin: new URL(page.url()).origin, accept: 'text/html' }
	});
	expect(answer.status()).toBe(403);
});

test('a decision that somebody else has taken meanwhile is not announced as one’s own', async ({ page, signIn }) => {
	const { id, author } = await createStory('loud');
	await signIn(await createModerator());
	for (const [button, decide] of [
		['Hide message', () => flagMessages(OPERATOR, [id], 'shouting')],
		['Show again', () => unflagMessages(OPERATOR, [id], 'quiet enough')],
		['Suspend author', () => suspendAccount(OPERATOR, author.id, 'shouting')],
		['Restore author', () => restoreAccount(OPERATOR, author.id, 'sorry')]
	] as const) {
		await page.goto(`/moderation/messages/${id}`);
		await decide();
		await page.getByLabel('Reason').fill('my reason');
		await page.getByRole('button', { name: button }).click();
		await expect(page.getByRole('alert')).toHaveText('Somebody else has decided that already');
		await expect(page.getByLabel('Reason')).toHaveValue('my reason');
		await expect(page.getByRole('button', { name: button })).toHaveCount(0);
	}
});

test('authors of many hidden messages can read them all', async ({ page, signIn }) => {
	const author = await signIn();
	const ids: number[] = [];
	for (let number = 0; number < 31; number++) ids.push((await createMessage(author.id, `flood ${number}`)).id);
	await flagMessages(OPERATOR, ids, 'flood');
	await page.goto(profilePath(author.name));
	await page.getByRole('link', { name: 'Older hidden messages' }).click();
	await expect(page.getByRole('article')).toHaveCount(1);
	await expect(page.getByRole('article')).toContainText('flood 0');
	await page.getByRole('link', { name: 'Newer hidden messages' }).click();
	await expect(page.getByRole('article')).toHaveCount(30);
	await checkPage(page, '/settings/hidden');
});

test('only moderators see the pages of moderation', async ({ page, signIn }) => {
	const { id } = await createStory('quiet');
	const paths = ['', '/hidden', '/suspended', '/actions', `/messages/${id}`, '/people/1'];
	await page.goto('/moderation');
	await expect(page).toHaveURL(/\/login\?next=%2Fmoderation$/);
	const person = await signIn();
	for (const path of paths) {
		expect((await page.goto(`/moderation${path}`))?.status(), path).toBe(403);
		const headers = { origin: new URL(page.url()).origin };
		const form = { action: 'flag', reason: 'x', owner: String(person.id) };
		const answer = await page.request.post(`/moderation${path}`, { form, headers });
		expect([403, 405], path).toContain(answer.status());
	}
	await page.goto(profilePath(person.name));
	await expect(page.getByRole('link', { name: 'Moderation' })).toHaveCount(0);
});

for (const width of [320, 1280]) {
	test(`${width} px wide: the pages of moderation are accessible, do not shift and fit`, async ({ page, signIn }) => {
		test.slow();
		const moderator = await createModerator();
		const [reporter, { author, id, path }] = [await createPerson(), await createStory('x'.repeat(280))];
		const comment = `${'y'.repeat(270)} hateful`;
		await reportMessage({ ...reporter, ...ADDRESS }, id, { reason: 'abuse', comment }, null);
		const hidden = await createMessage(author.id, 'z'.repeat(280));
		await flagMessages(OPERATOR, [hidden.id], 'w'.repeat(280));
		await suspendAccount(OPERATOR, author.id, 'v'.repeat(280));
		await page.setViewportSize({ width, height: 740 });
		await signIn(moderator);
		for (const part of ['', '/hidden', '/suspended', '/actions', `/messages/${id}`, `/people/${author.id}`])
			await checkPage(page, `/moderation${part}`);
		await checkPage(page, `${path}/report`);
		await signIn(author);
		for (const own of [profilePath(author.name), `${profilePath(author.name)}/${hidden.id}`, '/add_message'])
			await checkPage(page, own);
	});
}
