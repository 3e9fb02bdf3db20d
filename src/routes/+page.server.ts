import { redirect } from '@sveltejs/kit';
import { requireCursor, requireProfile } from '#lib/http/access.server.ts';
import { readHomeTimeline } from '#lib/server/messages/timelines.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	if (!locals.user) redirect(303, '/public');
	const [profile, timeline] = await Promise.all([
		requireProfile(locals.user.name, locals.user),
		readHomeTimeline(locals.user.id, requireCursor(url))
	]);
	return { profile, timeline, draftId: crypto.randomUUID() };
};
