import { redirect } from '@sveltejs/kit';
import { requireProfile, requireUser } from '#lib/http/access.server.ts';
import { setFlash } from '#lib/http/flash.server.ts';
import { readForm } from '#lib/http/forms.server.ts';
import { pathAfterFollow, takeFollowForm } from '#lib/http/follow-form.server.ts';
import { keepFollow } from '#lib/http/newcomer.server.ts';
import { isolatedName } from '#lib/text/isolated-name.ts';
import { profilePath } from '#lib/text/profile-path.ts';
import { follow } from '#lib/server/follows/following.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => ({
	profile: await requireProfile(event.params.username, requireUser(event))
});

export const actions: Actions = {
	default: async (event) => {
		const { username } = event.params;
		// With an owner, the form belongs to an account whose session has ended, not to a visitor.
		if (!event.locals.user && (await readForm(event.request.clone(), ['owner'])).owner === '') {
			await requireProfile(username, null);
			keepFollow(event, username);
			setFlash(event, `Log in to follow ${isolatedName(username)}`);
			redirect(303, `/login?next=${encodeURIComponent(profilePath(username))}`);
		}
		const failure = await takeFollowForm(event, username, follow);
		if (failure) return failure;
		setFlash(event, `You are now following "${isolatedName(username)}"`);
		redirect(303, pathAfterFollow(event, username));
	}
};
