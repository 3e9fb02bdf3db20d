import { requireCursor, requireProfile } from '#lib/http/access.server.ts';
import { listFollowing } from '#lib/server/follows/following.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ params, locals, url }) => {
	const profile = await requireProfile(params.username, locals.user);
	return { profile, people: await listFollowing(profile.id, requireCursor(url), locals.user?.id) };
};
