import { redirect } from '@sveltejs/kit';
import { requireUser } from '#lib/http/access.server.ts';
import { readAccountForm, refuseAccountForm } from '#lib/http/account-form.server.ts';
import { deleteCookie } from '#lib/http/cookies.server.ts';
import { setFlash } from '#lib/http/flash.server.ts';
import { unlessBusy } from '#lib/http/forms.server.ts';
import { CLOSED_DAYS } from '#lib/limits.ts';
import { closeAccount } from '#lib/server/accounts/account-changes.ts';
import { SESSION_COOKIE } from '#lib/server/accounts/sessions.ts';
import type { Actions, PageServerLoad } from './$types';

const CLOSED = `Your account is closed. Log in within ${CLOSED_DAYS} days to take it back.`;

export const load: PageServerLoad = (event) => ({ account: requireUser(event).id, closed: CLOSED });

export const actions: Actions = {
	default: async (event) => {
		const { change } = await readAccountForm(event, []);
		const refused = refuseAccountForm(event, await unlessBusy(closeAccount(change)));
		if (refused) return refused;
		deleteCookie(event, SESSION_COOKIE);
		setFlash(event, CLOSED);
		redirect(303, '/public');
	}
};
