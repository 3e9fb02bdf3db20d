import { redirect } from '@sveltejs/kit';
import { setFlash } from '#lib/edge/flash.server.ts';
import { readForm } from '#lib/edge/forms.server.ts';
import { SESSION_COOKIE, deleteSession, deleteSessionsOf } from '#lib/server/sessions.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals }) => {
	if (!locals.user) redirect(303, '/public');
};

export const actions: Actions = {
	default: async ({ request, cookies, locals }) => {
		const { everywhere } = await readForm(request, ['everywhere']);
		const id = cookies.get(SESSION_COOKIE);
		if (id) await deleteSession(id);
		if (everywhere && locals.user) await deleteSessionsOf(locals.user.id);
		cookies.delete(SESSION_COOKIE, { path: '/' });
		setFlash(cookies, 'You were logged out');
		redirect(303, '/public');
	}
};
