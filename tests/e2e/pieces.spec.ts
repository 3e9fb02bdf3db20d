import { createResetPath } from '#lib/server/accounts/password-reset.ts';
import { flagMessages } from '#lib/server/moderation/flagged-messages.ts';
import { grantModerator } from '#lib/server/moderation/moderators.ts';
import { reportMessage } from '#lib/server/moderation/reports.ts';
import { suspendAccount } from '#lib/server/moderation/suspensions.ts';
import { profilePath } from '#lib/text/profile-path.ts';
import { createFollow, createMessage } from '../factories.ts';
import { createPerson, expect } from './fixtures.ts';
import { HARD_TEXTS, listShifts } from './look.ts';
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
			for (const text of HARD_TEXTS) await createMessage(bob.id, text, null);
			const { id } = await createMessage(person.id, 'My own', null);
			const [own, followed, author] = [person, carol, bob].map(({ name }) => profilePath(name));
			network.fault = 'trickling';
			for (const path of [
				...['/', '/public', '/people', '/people?q=bartholomew', '/add_message', '/logout', '/no-such-page'],
				...['', '/email', '/password', '/sessions', '/close', '/hidden'].map((part) => `/settings${part}`),
				...[author, followed, own, `${author}/followers`, `${own}/following`, `${own}/${id}`, `${own}/${id}/delete`]
			]) {
				await page.goto(path ?? '');
				expect.soft(await listShifts(page), path).toEqual([]);
			}
		});

		test('pages of visitors', async ({ page, network }) => {
			const { id, name } = await createPerson();
			for (const text of HARD_TEXTS) await createMessage(id, text, null);
			network.fault = 'trickling';
			for (const path of [
				...['/public', '/people', '/about', '/login', '/register', '/forgot', '/offline', '/offline/queued'],
				...[await createResetPath(id), '/reset/gone', profilePath(name), `${profilePath(name)}/followers`]
			]) {
				await page.goto(path);
				expect.soft(await listShifts(page), path).toEqual([]);
			}
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
			network.fault = 'trickling';
			for (const path of [
				...['', '/hidden', '/suspended', '/actions', `/messages/${id}`, `/people/${author.id}`].map(
					(part) => `/moderation${part}`
				),
				`${profile}/${id}/report`
			]) {
				await page.goto(path);
				expect.soft(await listShifts(page), path).toEqual([]);
			}
			await signIn(author);
			for (const path of [profile, `${profile}/${hidden.id}`, '/add_message', '/settings/hidden']) {
				await page.goto(path);
				expect.soft(await listShifts(page), path).toEqual([]);
			}
		});
	});
}
