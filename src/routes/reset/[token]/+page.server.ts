import { error, fail, redirect } from '@sveltejs/kit';
import { deleteCookie, findCookie, setCookie } from '#lib/http/cookies.server.ts';
import { setFlash } from '#lib/http/flash.server.ts';
import { readForm, unlessBusy } from '#lib/http/forms.server.ts';
import { keepRegisteredName } from '#lib/http/newcomer.server.ts';
import { explainBusy } from '#lib/http/refusals.server.ts';
import { DEVICE_COOKIE, DEVICE_SECONDS, createDeviceId } from '#lib/server/accounts/known-devices.ts';
import { findResettable, resetPassword } from '#lib/server/accounts/password-reset.ts';
import { SESSION_COOKIE, deleteSession } from '#lib/server/accounts/sessions.ts';
import type { Actions, PageServerLoad } from './$types';

const GONE = 'This link no longer works';

/** The form's fields by the domain's names. */
const FIELDS = { password: 'password', repeatedPassword: 'password2' } as const;

type Errors = Partial<Record<(typeof FIELDS)[keyof typeof FIELDS] | 'form', string>>;

export const load: PageServerLoad = async ({ params }) => {
	const account = await findResettable(params.token);
	if (!account) error(410, GONE);
	return { name: account.name };
};

export const actions: Actions = {
	default: async (event) => {
		const { password, password2: repeatedPassword } = await readForm(event.request, ['password', 'password2']);
		const device = createDeviceId();
		const outcome = await unlessBusy(resetPassword(event.params.token, { password, repeatedPassword }, device));
		const refuse = (status: number, errors: Errors) => fail(status, { errors });
		if (outcome === 'busy') return refuse(503, { form: explainBusy(event) });
		if (outcome.kind === 'gone') error(410, GONE);
		if (outcome.kind === 'invalid') return refuse(400, { [FIELDS[outcome.field]]: outcome.sentence });
		setCookie(event, DEVICE_COOKIE, device, DEVICE_SECONDS);
		// Also if it is another account's: whoever sets a password wants to log in with it.
		const session = findCookie(event, SESSION_COOKIE);
		if (session !== null) {
			await deleteSession(session);
			deleteCookie(event, SESSION_COOKIE);
		}
		setFlash(event, 'Your new password is saved. Log in with it now.');
		keepRegisteredName(event, outcome.name);
		redirect(303, '/login');
	}
};
