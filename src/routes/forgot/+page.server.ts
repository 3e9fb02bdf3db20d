import { fail, redirect } from '@sveltejs/kit';
import { setFlash } from '#lib/http/flash.server.ts';
import { readForm } from '#lib/http/forms.server.ts';
import { explainLimit } from '#lib/http/refusals.server.ts';
import { canMailLinks, requestReset } from '#lib/server/accounts/forgotten-password.ts';
import { RESET_MINUTES } from '#lib/server/accounts/password-reset.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = () => ({ canMail: canMailLinks() });

export const actions: Actions = {
	default: async (event) => {
		if (!canMailLinks()) redirect(303, '/forgot');
		const { email } = await readForm(event.request, ['email']);
		const refuse = (status: number, errors: { form?: string; email?: string }) => fail(status, { errors, email });
		const outcome = await requestReset(email, event.locals.address);
		if (outcome.kind === 'invalid') return refuse(400, { email: outcome.sentence });
		if (outcome.kind === 'limited') {
			const what = 'Too many links were requested from your network.';
			return refuse(429, { form: explainLimit(event, outcome.limited, what) });
		}
		setFlash(
			event,
			`If an account has that address, a mail with a link is on its way. The link works for ${RESET_MINUTES} minutes.`
		);
		redirect(303, '/login');
	}
};
