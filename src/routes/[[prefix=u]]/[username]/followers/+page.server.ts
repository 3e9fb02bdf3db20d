import { requireCursor, requireProfile } from '#lib/edge/access.server.ts';
import { listFollowers } from '#lib/server/follows.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ params, locals, url }) => {
	const profile = await requireProfile(params.username, locals.user);
	return { profile, people: await listFollowers(profile.id, requireCursor(url)) };
};
