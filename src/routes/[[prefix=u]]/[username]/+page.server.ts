import { requireCursor, requireProfile } from '#lib/http/access.server.ts';
import { readUserTimeline } from '#lib/server/messages/timelines.ts';
import { listOwnHidden } from '#lib/server/moderation/hidden-messages.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ params, locals, url }) => {
	const profile = await requireProfile(params.username, locals.user);
	const cursor = requireCursor(url);
	const isOwn = locals.user?.id === profile.id;
	const [timeline, hidden] = await Promise.all([
		readUserTimeline(profile.id, cursor),
		isOwn && cursor === null ? listOwnHidden(profile.id, null) : null
	]);
	// Only the authors of hidden messages need more.
	return hidden?.items.length ? { profile, timeline, hidden, now: Date.now() } : { profile, timeline };
};
