import { redirect } from '@sveltejs/kit';
import { requireUser } from '#lib/http/access.server.ts';
import { readAccountForm, refuseAccountForm } from '#lib/http/account-form.server.ts';
import { findCookie } from '#lib/http/cookies.server.ts';
import { setFlash } from '#lib/http/flash.server.ts';
import { unlessBusy } from '#lib/http/forms.server.ts';
import { changePassword } from '#lib/server/accounts/account-changes.ts';
import { SESSION_COOKIE } from '#lib/server/accounts/sessions.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = (event) => void requireUser(event);

export const actions: Actions = {
	default: async (event) => {
		const { change, fields } = await readAccountForm(event, ['new_password', 'new_password2']);
		const entered = { password: fields.new_password, repeated: fields.new_password2 };
		const outcome = await unlessBusy(changePassword(change, entered, findCookie(event, SESSION_COOKIE) ?? ''));
		const refused = refuseAccountForm(event, outcome);
		if (refused) return refused;
		setFlash(event, 'Your password was changed, and you were logged out on all other devices');
		redirect(303, '/settings');
	}
};
