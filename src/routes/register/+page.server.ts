import { fail, redirect } from '@sveltejs/kit';
import { setFlash } from '#lib/edge/flash.server.ts';
import { explainBusy, explainLimit, readForm, unlessBusy } from '#lib/edge/forms.server.ts';
import { registerOnWeb } from '#lib/server/registrations.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals }) => {
	if (locals.user) redirect(303, '/');
};

export const actions: Actions = {
	default: async (event) => {
		const form = await readForm(event.request, ['username', 'email', 'password', 'password2']);
		const name = form.username.trim();
		const email = form.email.trim();
		const entered = { username: name, email };
		const registration = { name, email, password: form.password, repeatedPassword: form.password2 };
		const fault = await unlessBusy(registerOnWeb(registration, event.locals.address));
		if (fault === 'busy') return fail(503, { error: explainBusy(event), ...entered });
		if (fault && 'limited' in fault) {
			const error = explainLimit(event, fault.limited, 'Many people have registered from your address.');
			return fail(429, { error, ...entered });
		}
		if (fault) return fail(400, { error: fault.sentence, ...entered });
		setFlash(event, 'You were successfully registered and can login now');
		redirect(303, '/login');
	}
};
