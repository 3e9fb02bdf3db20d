import { redirect } from '@sveltejs/kit';
import { requireOwner } from '#lib/http/access.server.ts';
import { findCookie } from '#lib/http/cookies.server.ts';
import { setFlash } from '#lib/http/flash.server.ts';
import { readForm } from '#lib/http/forms.server.ts';
import { SESSION_COOKIE, deleteOtherSessionsOf } from '#lib/server/accounts/sessions.ts';
import type { RequestHandler } from './$types';

/** Ends the user's sessions in all browsers except this one. */
export const POST: RequestHandler = async (event) => {
	const { user } = event.locals;
	const id = findCookie(event, SESSION_COOKIE);
	if (!user || id === null) redirect(303, '/login?next=/logout');
	const { owner } = await readForm(event.request, ['owner']);
	requireOwner(event, owner, 'No other device was logged out');
	await deleteOtherSessionsOf(user.id, id);
	setFlash(event, 'You were logged out on all other devices');
	redirect(303, '/settings/sessions');
};
