import { redirect } from '@sveltejs/kit';
import { deleteCookie, findCookie } from '#lib/http/cookies.server.ts';
import { setFlash } from '#lib/http/flash.server.ts';
import { readForm } from '#lib/http/forms.server.ts';
import { requireOwner } from '#lib/http/access.server.ts';
import { SESSION_COOKIE, deleteSession, deleteSessionsOf } from '#lib/server/accounts/sessions.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals }) => {
	if (!locals.user) redirect(303, '/public');
	return { account: locals.user.id };
};

export const actions: Actions = {
	default: async (event) => {
		const { locals } = event;
		const { everywhere, owner } = await readForm(event.request, ['everywhere', 'owner']);
		requireOwner(event, owner, 'Nobody was logged out');
		const id = findCookie(event, SESSION_COOKIE);
		if (id) await deleteSession(id);
		if (everywhere && locals.user) await deleteSessionsOf(locals.user.id);
		deleteCookie(event, SESSION_COOKIE);
		setFlash(event, 'You were logged out');
		redirect(303, '/public');
	}
};
