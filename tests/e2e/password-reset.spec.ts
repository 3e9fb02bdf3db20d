import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createResetPath } from '#lib/server/accounts/password-reset.ts';
import { findFreePort } from '../../bin/ports.ts';
import { PASSWORD, createMessage } from '../factories.ts';
import { type MailServer, linksIn, startMailServer } from '../mail-server.ts';
import { createPerson, test as base, expect, gotoWatched } from './fixtures.ts';
import { checkPage, checkShown } from './look.ts';
import { textOfStorage } from './storage.ts';
import { newVisitor } from './visitor.ts';
import { startWebServer } from './web-server.ts';
import { untilControlled } from './writing.ts';

/* Setting a new password with a link, by mail or from the operator. */

const NEW = 'another piano on the stairs';

/** A web app that can send mails, in place of the usual one. */
const test = base.extend<object, { mailServer: MailServer }>({
	mailServer: [
		async ({ browserName: _ }, use) => {
			const server = await startMailServer();
			await use(server);
			await server.stop();
		},
		{ scope: 'worker' }
	],
	webServer: [
		async ({ mailServer }, use, worker) => {
			mkdirSync(worker.project.outputDir, { recursive: true });
			const PORT = String(await findFreePort());
			const server = await startWebServer(join(worker.project.outputDir, `mail-${worker.workerIndex}.log`), {
				PORT,
				ORIGIN: `http://127.0.0.1:${PORT}`,
				SMTP_URL: mailServer.url,
				MAIL_FROM: 'no-reply@minitwit.example'
			});
			await use(server);
			await server.remove();
		},
		{ scope: 'worker' }
	]
});

const createAsker = () => createPerson({ email: `${crypto.randomUUID()}@example.org` });

for (const javaScriptEnabled of [true, false]) {
	test.describe(`with scripts ${javaScriptEnabled ? 'on' : 'off'}`, () => {
		test.use({ javaScriptEnabled });

		test('a forgotten password is replaced: ask, open the mail, set a new one, log in', async ({
			page,
			mailServer,
			webServer,
			expectedErrors
		}) => {
			expectedErrors.push(/400|410/);
			const { name, email } = await createAsker();
			await page.goto('/login');
			await page.getByRole('link', { name: 'Forgot your password?' }).click();
			await page.getByLabel('E-mail').fill('nobody');
			await page.getByRole('button', { name: 'Send link' }).click();
			await expect(page.getByRole('alert')).toHaveText('You have to enter a valid email address');
			await expect(page.getByLabel('E-mail')).toBeFocused();
			await page.getByLabel('E-mail').fill(email);
			await page.getByRole('button', { name: 'Send link' }).click();
			await expect(page).toHaveURL(/\/login$/);
			await expect(page.getByText('If an account has that address, a mail with a link is on its way')).toBeVisible();

			const findMail = () => mailServer.mails.find(({ to }) => to.includes(email));
			await expect.poll(findMail).toBeDefined();
			const mail = findMail();
			const [path = ''] = mail ? linksIn(mail, webServer.origin) : [];
			await page.goto(path);
			await expect(page.getByRole('heading', { name: `New password for ${name}` })).toBeVisible();
			await expect(page.getByLabel('New password')).toBeFocused();
			await page.getByLabel('New password').fill(NEW);
			await page.getByLabel('Repeat password').fill('something else');
			await page.getByRole('button', { name: 'Save password' }).click();
			await expect(page.getByRole('alert')).toHaveText('The two passwords do not match');
			await expect(page.getByLabel('Repeat password')).toBeFocused();
			await expect(page).toHaveTitle(/^Error: New password/);
			await page.getByLabel('New password').fill(NEW);
			await page.getByLabel('Repeat password').fill(NEW);
			await page.getByRole('button', { name: 'Save password' }).click();

			await expect(page).toHaveURL(/\/login$/);
			await expect(page.getByText('Your new password is saved')).toBeVisible();
			await expect(page.getByLabel('Username')).toHaveValue(name);
			await expect(page.getByLabel('Password')).toBeFocused();
			await page.getByLabel('Password').fill(NEW);
			await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
			await expect(page.getByText('You were logged in')).toBeVisible();

			const answer = await page.goto(path);
			expect(answer?.status()).toBe(410);
			await page.getByRole('link', { name: 'Get a new link' }).click();
			await expect(page.getByRole('heading', { name: 'Forgot your password?' })).toBeVisible();
		});
	});
}

test('the answer does not depend on whether an account has the address', async ({ webServer }) => {
	const visitor = newVisitor(webServer.origin);
	const { email } = await createAsker();
	const answers = [];
	for (const address of [email, `${crypto.randomUUID()}@example.org`]) {
		const { status, location } = await visitor.post('/forgot', { email: address });
		const { body } = await visitor.get('/login');
		answers.push([status, location, /<div role="status">(.*?)<\/div>/s.exec(body)?.[1]]);
	}
	expect(answers[0]?.[2]).toContain('If an account has that address');
	expect(answers[0]).toEqual(answers[1]);
});

test('a new password logs every browser out, and ends the event streams', async ({ page, signIn, webServer }) => {
	const alice = await signIn();
	await createMessage(alice.id, 'still here');
	await gotoWatched(page, '/');
	const visitor = newVisitor(webServer.origin);
	const path = await createResetPath(alice.id);
	const answer = await visitor.post(path, { password: NEW, password2: NEW });
	expect(answer).toMatchObject({ status: 303, location: '/login' });
	// The stream ends, the page asks who is logged in, and leaves.
	await expect(page.getByRole('button', { name: 'Sign out' })).toHaveCount(0);
	await page.goto('/');
	await expect(page).toHaveURL(/\/public$/);
});

test('setting a password in a browser where another account is logged in ends that log-in there', async ({
	page,
	signIn
}) => {
	await signIn();
	const bob = await createPerson();
	await page.goto(await createResetPath(bob.id));
	await page.getByLabel('New password').fill(NEW);
	await page.getByLabel('Repeat password').fill(NEW);
	await page.getByRole('button', { name: 'Save password' }).click();
	await expect(page).toHaveURL(/\/login$/);
	await expect(page.getByLabel('Username')).toHaveValue(bob.name);
});

test('neither the log nor the metrics nor any storage contain the token', async ({ page, webServer }) => {
	const { id } = await createPerson();
	await page.goto('/public');
	await untilControlled(page);
	const path = await createResetPath(id);
	const token = path.replace('/reset/', '');
	const answer = await page.goto(path);
	expect(answer?.headers()['cache-control']).toBe('private, no-store');
	expect(answer?.headers()['referrer-policy']).toBe('strict-origin');
	await page.getByRole('link', { name: 'Log in' }).first().click();
	await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
	expect(await textOfStorage(page)).not.toContain(token);

	const visitor = newVisitor(webServer.origin);
	const requestId = `reset-${crypto.randomUUID()}`;
	const marked = { 'x-request-id': requestId };
	for (const address of [path, `/%72eset/${token}`, `${path}/__data.json`, `/reset%2F${token}`, `${path}?x=${token}`])
		await visitor.get(address, marked);
	await visitor.post(path, { password: 'x' }, marked);
	await visitor.post(path, { password: PASSWORD, password2: PASSWORD }, marked);
	const log = () => readFileSync(webServer.logFile, 'utf8');
	await expect.poll(() => log().split(requestId).length - 1).toBe(7);
	expect(log()).toContain('"path":"/reset/[redacted]"');
	const { body } = await visitor.get('/metrics');
	expect(body).toContain('route="/reset/[token]"');
	expect(log() + body).not.toContain(token);
});

test('a link without its token leads to the form, and one with a wrong token says what to do', async ({
	webServer
}) => {
	const visitor = newVisitor(webServer.origin);
	expect(await visitor.get('/reset')).toMatchObject({ status: 303, location: '/forgot' });
	for (const token of ['x', '%00', 'x'.repeat(2_000), '%F0%9F%90%A6']) {
		for (const { status, body } of [
			await visitor.get(`/reset/${token}`),
			await visitor.post(`/reset/${token}`, { password: NEW, password2: NEW })
		]) {
			expect(status, token).toBe(410);
			expect(body).toContain('Get a new link');
		}
	}
});

for (const width of [320, 1280]) {
	test(`the pages are accessible, do not shift and fit at ${width} px`, async ({ page, expectedErrors }) => {
		expectedErrors.push(/400|410/);
		await page.setViewportSize({ width, height: 740 });
		const { id } = await createPerson({ name: `${'Bartholomew'.repeat(6)} ${crypto.randomUUID().slice(0, 8)}` });
		for (const path of ['/forgot', await createResetPath(id), '/reset/gone']) await checkPage(page, path);
		await page.goto('/forgot');
		await page.getByRole('button', { name: 'Send link' }).click();
		await expect(page.getByRole('alert')).toBeVisible();
		await checkShown(page, 'an error');
	});
}
