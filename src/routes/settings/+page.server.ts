import { error, redirect } from '@sveltejs/kit';
import { requireUser } from '#lib/http/access.server.ts';
import { readAccountForm, refuseAccountForm } from '#lib/http/account-form.server.ts';
import { setFlash } from '#lib/http/flash.server.ts';
import { profilePath } from '#lib/text/profile-path.ts';
import { findOwnAccount } from '#lib/server/accounts/account-changes.ts';
import { editProfile } from '#lib/server/accounts/edit-profile.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	const account = await findOwnAccount(requireUser(event).id);
	if (!account) error(404, 'This account no longer exists');
	return { account };
};

export const actions: Actions = {
	default: async (event) => {
		const { change, fields } = await readAccountForm(event, ['display_name', 'bio', 'link']);
		const refused = refuseAccountForm(event, await editProfile(change, fields), fields);
		if (refused) return refused;
		setFlash(event, 'Your profile was saved');
		redirect(303, profilePath(change.member.name));
	}
};
