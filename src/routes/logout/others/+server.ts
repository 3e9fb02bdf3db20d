import { redirect } from '@sveltejs/kit';
import { findCookie } from '#lib/edge/cookies.server.ts';
import { setFlash } from '#lib/edge/flash.server.ts';
import { SESSION_COOKIE, deleteOtherSessionsOf } from '#lib/server/sessions.ts';
import type { RequestHandler } from './$types';

/** Ends a person's sessions in all browsers but the one that asks. */
export const POST: RequestHandler = async (event) => {
	const { user } = event.locals;
	const id = findCookie(event, SESSION_COOKIE);
	if (!user || id === null) redirect(303, '/login?next=/logout');
	await deleteOtherSessionsOf(user.id, id);
	setFlash(event, 'You were logged out on all other devices');
	redirect(303, '/logout');
};
