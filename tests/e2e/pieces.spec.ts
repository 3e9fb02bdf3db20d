import { createResetPath } from '#lib/server/accounts/password-reset.ts';
import { flagMessages } from '#lib/server/moderation/flagged-messages.ts';
import { grantModerator } from '#lib/server/moderation/moderators.ts';
import { reportMessage } from '#lib/server/moderation/reports.ts';
import { suspendAccount } from '#lib/server/moderation/suspensions.ts';
import { profilePath } from '#lib/text/profile-path.ts';
import { createFollow, createMessage } from '../factories.ts';
import { createPerson, expect } from './fixtures.ts';
import { HARD_TEXTS, checkPieces, listCutOff, listShifts } from './look.ts';
import { test } from './writing.ts';

/*
 * Pages that arrive in pieces, as over a slow network or in a busy browser, do not shift: what comes later moves nothing
 * that is shown.
 */

const OPERATOR = { kind: 'operator', name: 'root' } as const;

for (const width of [320, 1280]) {
	test.describe(`${width} px wide`, () => {
		test.use({ viewport: { width, height: 740 } });
		test.beforeEach(({ expectedErrors }) => void (test.slow(), expectedErrors.push(/40[34]|410/)));

		test('pages of those who are signed in', async ({ page, signIn, network }) => {
			const [person, carol, bob] = [
				await signIn(),
				await createPerson(),
				await createPerson({ name: `${'Bartholomew '.repeat(5)}${crypto.randomUUID().slice(0, 8)}` })
			];
			for (const { name } of [bob, carol]) await createFollow(person.name, name);
			await createFollow(carol.name, person.name);
			const [theirs] = await Promise.all(HARD_TEXTS.map((text) => createMessage(bob.id, text, null)));
			const { id } = await createMessage(person.id, 'My own', null);
			const [own = '', followed = '', author = ''] = [person, carol, bob].map(({ name }) => profilePath(name));
			await checkPieces(page, network, [
				...['/', '/public', '/people', '/people?q=bartholomew', '/add_message', '/logout', '/no-such-page'],
				...['', '/email', '/password', '/sessions', '/close', '/hidden'].map((part) => `/settings${part}`),
				...[author, followed, own, `${author}/followers`, `${own}/following`, `${own}/${id}`, `${own}/${id}/delete`],
				...[`${author}/unfollow`, `${author}/${theirs?.id}/report`]
			]);
		});

		test('pages of visitors', async ({ page, network }) => {
			const { id, name } = await createPerson();
			for (const text of HARD_TEXTS) await createMessage(id, text, null);
			await checkPieces(page, network, [
				...['/public', '/people', '/about', '/login', '/register', '/forgot', '/offline', '/offline/queued'],
				...[await createResetPath(id), '/reset/gone', profilePath(name), `${profilePath(name)}/followers`]
			]);
		});

		test('pages of moderators, and of those whom they have suspended', async ({ page, signIn, network }) => {
			const [moderator, author, reporter] = [await createPerson(), await createPerson(), await createPerson()];
			await grantModerator(OPERATOR, moderator.id, 'looks after the place');
			const { id } = await createMessage(author.id, 'x'.repeat(280));
			const hidden = await createMessage(author.id, 'z'.repeat(280));
			const comment = `${'y'.repeat(270)} hateful`;
			await reportMessage({ ...reporter, address: '192.0.2.1' }, id, { reason: 'abuse', comment }, null);
			await flagMessages(OPERATOR, [hidden.id], 'w'.repeat(280));
			await suspendAccount(OPERATOR, author.id, 'v'.repeat(280));
			const profile = profilePath(author.name);
			await signIn(moderator);
			await checkPieces(page, network, [
				...['', '/hidden', '/suspended', '/actions', `/messages/${id}`, `/people/${author.id}`].map(
					(part) => `/moderation${part}`
				),
				`${profile}/${id}/report`
			]);
			await signIn(author);
			await checkPieces(page, network, [profile, `${profile}/${hidden.id}`, '/add_message', '/settings/hidden']);
		});

		test('forms that come back with an error or a notice', async ({ page, signIn, network, expectedErrors }) => {
			expectedErrors.push(/status of 400/);
			const visitor = await createPerson();
			const submit = async (path: string, answer: string) => {
				network.fault = 'none';
				await page.goto(path);
				network.fault = 'trickling';
				const loaded = page.waitForEvent('load');
				// Neither the browser nor the page's scripts check it first.
				await page
					.locator('main form')
					.first()
					.evaluate((form: HTMLFormElement) => form.submit());
				await loaded;
				expect.soft(await listShifts(page), path).toEqual([]);
				expect.soft(await listCutOff(page), path).toEqual([]);
				await expect.soft(page.locator('body'), path).toContainText(answer);
			};
			await submit('/register', 'You have to enter a username');
			await submit(await createResetPath(visitor.id), 'You have to enter a password');
			await signIn();
			for (const path of ['/', '/add_message']) await submit(path, 'Write something first');
			await submit('/settings', 'Your profile was saved');
			for (const part of ['email', 'password', 'close']) await submit(`/settings/${part}`, 'You have to enter');
		});
	});
}
