import { fail, redirect } from '@sveltejs/kit';
import { setFlash } from '#lib/http/flash.server.ts';
import { readForm, unlessBusy } from '#lib/http/forms.server.ts';
import { explainBusy, explainLimit } from '#lib/http/refusals.server.ts';
import { localPath } from '#lib/http/local-path.ts';
import { keepRegisteredName } from '#lib/http/newcomer.server.ts';
import { register } from '#lib/server/accounts/registration.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, url }) => {
	if (locals.user) redirect(303, localPath(url.searchParams.get('next')));
};

export const actions: Actions = {
	default: async (event) => {
		const form = await readForm(event.request, ['username', 'email', 'password', 'password2']);
		const { username, email, password, password2: repeatedPassword } = form;
		const entered = { name: username, email, password, repeatedPassword };
		const outcome = await unlessBusy(register(entered, { address: event.locals.address }));
		if (outcome === 'busy') return fail(503, { error: explainBusy(event), username, email });
		if (outcome.kind === 'limited') {
			const error = explainLimit(event, outcome.limited, 'Too many accounts were created from your network.');
			return fail(429, { error, username, email });
		}
		if (outcome.kind === 'invalid') return fail(400, { error: outcome.sentence, username, email });
		setFlash(event, 'You were successfully registered and can login now');
		keepRegisteredName(event, username.trim());
		redirect(303, `/login${event.url.search}`);
	}
};
