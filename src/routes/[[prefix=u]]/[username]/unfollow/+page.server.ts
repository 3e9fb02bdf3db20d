import { redirect } from '@sveltejs/kit';
import { requireProfile, requireUser } from '#lib/http/access.server.ts';
import { setFlash } from '#lib/http/flash.server.ts';
import { pathAfterFollow, takeFollowForm } from '#lib/http/follow-form.server.ts';
import { isolatedName } from '#lib/text/isolated-name.ts';
import { unfollow } from '#lib/server/follows/following.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => ({
	profile: await requireProfile(event.params.username, requireUser(event))
});

export const actions: Actions = {
	default: async (event) => {
		const { username } = event.params;
		const failure = await takeFollowForm(event, username, unfollow);
		if (failure) return failure;
		setFlash(event, `You are no longer following "${isolatedName(username)}"`);
		redirect(303, pathAfterFollow(event, username));
	}
};
