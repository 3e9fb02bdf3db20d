import { requireCursor, requireProfile } from '#lib/http/access.server.ts';
import { readUserTimeline } from '#lib/server/messages/timelines.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ params, locals, url }) => {
	const profile = await requireProfile(params.username, locals.user);
	return { profile, timeline: await readUserTimeline(profile.id, requireCursor(url)) };
};
