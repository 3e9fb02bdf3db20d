import { error, redirect } from '@sveltejs/kit';
import { requireProfile, requireUser } from '#lib/edge/access.server.ts';
import { setFlash } from '#lib/edge/flash.server.ts';
import { isolatedName } from '#lib/isolated-name.ts';
import { profilePath } from '#lib/profile-path.ts';
import { createFollow } from '#lib/server/follows.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => ({
	profile: await requireProfile(event.params.username, requireUser(event))
});

export const actions: Actions = {
	default: async (event) => {
		const { params } = event;
		const user = requireUser(event);
		const outcome = await createFollow(user.name, params.username);
		if (outcome === 'unknown') error(404, `Nobody here is called ${isolatedName(params.username)}`);
		if (outcome === 'oneself') error(400, 'You cannot follow yourself');
		setFlash(event, `You are now following "${isolatedName(params.username)}"`);
		redirect(303, profilePath(params.username));
	}
};
