import { redirect } from '@sveltejs/kit';
import { requireCursor, requireProfile } from '#lib/http/access.server.ts';
import { listActivePeople } from '#lib/server/follows/people.ts';
import { readHomeTimeline } from '#lib/server/messages/timelines.ts';
import type { PageServerLoad } from './$types';

/** How many people an empty home timeline suggests. */
const MAX_SUGGESTED = 5;

export const load: PageServerLoad = async ({ locals, url }) => {
	if (!locals.user) redirect(303, '/public');
	const [profile, timeline] = await Promise.all([
		requireProfile(locals.user.name, locals.user),
		readHomeTimeline(locals.user.id, requireCursor(url))
	]);
	const isNewcomer = profile.messages === 0 && profile.following === 0;
	const active = isNewcomer ? (await listActivePeople(null, locals.user.id)).items : [];
	const suggested = { items: active.slice(0, MAX_SUGGESTED), older: null, newer: null };
	return { profile, timeline, suggested, draftId: crypto.randomUUID() };
};
