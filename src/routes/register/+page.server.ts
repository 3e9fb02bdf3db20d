import { fail, redirect } from '@sveltejs/kit';
import { setFlash } from '#lib/http/flash.server.ts';
import { readForm, unlessBusy } from '#lib/http/forms.server.ts';
import { explainBusy, explainLimit } from '#lib/http/refusals.server.ts';
import { localPath } from '#lib/http/local-path.ts';
import { findInvite, keepRegisteredName, moveInvite } from '#lib/http/newcomer.server.ts';
import { findRegistrationMode, register } from '#lib/server/accounts/registration.ts';
import type { Actions, PageServerLoad } from './$types';

/** The form's fields by the domain's names. */
const FIELDS = {
	name: 'username',
	email: 'email',
	password: 'password',
	repeatedPassword: 'password2',
	invite: 'invite'
} as const;

type Errors = Partial<Record<(typeof FIELDS)[keyof typeof FIELDS] | 'form', string>>;

export const load: PageServerLoad = (event) => {
	if (event.locals.user) redirect(303, localPath(event.url.searchParams.get('next')));
	moveInvite(event);
	return { mode: findRegistrationMode(), invite: findInvite(event) };
};

export const actions: Actions = {
	default: async (event) => {
		const form = await readForm(event.request, ['username', 'email', 'password', 'password2', 'invite']);
		const { username, email, password, password2: repeatedPassword, invite } = form;
		const entered = { name: username, email, password, repeatedPassword, invite };
		const refuse = (status: number, errors: Errors) => fail(status, { errors, username, email, invite });
		const outcome = await unlessBusy(register(entered, { address: event.locals.address }));
		if (outcome === 'busy') return refuse(503, { form: explainBusy(event) });
		if (outcome.kind === 'closed') return refuse(403, {});
		if (outcome.kind === 'limited') {
			const what = 'Too many accounts were created from your network.';
			return refuse(429, { form: explainLimit(event, outcome.limited, what) });
		}
		if (outcome.kind === 'invalid') return refuse(400, { [FIELDS[outcome.field]]: outcome.sentence });
		setFlash(event, 'You were successfully registered and can login now');
		keepRegisteredName(event, username.trim());
		redirect(303, `/login${event.url.search}`);
	}
};
