import { redirect } from '@sveltejs/kit';
import { requireUser } from '#lib/http/access.server.ts';
import { readAccountForm, refuseAccountForm } from '#lib/http/account-form.server.ts';
import { setFlash } from '#lib/http/flash.server.ts';
import { unlessBusy } from '#lib/http/forms.server.ts';
import { changeEmail, findOwnAccount } from '#lib/server/accounts/account-changes.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	const account = await findOwnAccount(requireUser(event).id);
	return { email: account?.email ?? '' };
};

export const actions: Actions = {
	default: async (event) => {
		const { change, fields } = await readAccountForm(event, ['email']);
		const outcome = await unlessBusy(changeEmail(change, fields.email));
		const refused = refuseAccountForm(event, outcome, { email: fields.email });
		if (refused) return refused;
		setFlash(event, 'Your e-mail address was changed');
		redirect(303, '/settings');
	}
};
