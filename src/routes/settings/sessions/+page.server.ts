import { error, redirect } from '@sveltejs/kit';
import { requireUser } from '#lib/http/access.server.ts';
import { readAccountForm, refuseAccountForm } from '#lib/http/account-form.server.ts';
import { findCookie } from '#lib/http/cookies.server.ts';
import { setFlash } from '#lib/http/flash.server.ts';
import { endSession, listSessions } from '#lib/server/accounts/session-list.ts';
import { SESSION_COOKIE } from '#lib/server/accounts/sessions.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	const user = requireUser(event);
	const sessions = await listSessions(user.id, findCookie(event, SESSION_COOKIE) ?? '');
	// The page formats times as of now, the same on the server and in the browser.
	return { sessions, now: Date.now() };
};

export const actions: Actions = {
	default: async (event) => {
		const { change, fields } = await readAccountForm(event, ['session']);
		const outcome = await endSession(change, fields.session);
		if (outcome.kind === 'unknown') error(404, 'This device is logged out already');
		const refused = refuseAccountForm(event, outcome);
		if (refused) return refused;
		setFlash(event, 'The device was logged out');
		redirect(303, '/settings/sessions');
	}
};
