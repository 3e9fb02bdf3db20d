import { fail, redirect } from '@sveltejs/kit';
import { findCookie, setCookie } from '#lib/http/cookies.server.ts';
import { setFlash } from '#lib/http/flash.server.ts';
import { readForm, unlessBusy } from '#lib/http/forms.server.ts';
import { explainBusy, explainLimit } from '#lib/http/refusals.server.ts';
import { findRegisteredName, finishAsUser } from '#lib/http/newcomer.server.ts';
import { localPath } from '#lib/http/local-path.ts';
import { DEVICE_COOKIE, DEVICE_SECONDS, createDeviceId } from '#lib/server/accounts/known-devices.ts';
import { reopenAccount } from '#lib/server/accounts/closed-accounts.ts';
import { describeDevice } from '#lib/server/accounts/device-name.ts';
import { logIn } from '#lib/server/accounts/log-in.ts';
import { SESSION_COOKIE, createSession, sessionMaxAge } from '#lib/server/accounts/sessions.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = (event) => {
	const { locals, url } = event;
	if (locals.user) redirect(303, localPath(url.searchParams.get('next')));
	return { registered: findRegisteredName(event) };
};

export const actions: Actions = {
	default: async (event) => {
		const { username, password } = await readForm(event.request, ['username', 'password']);
		const device = findCookie(event, DEVICE_COOKIE) ?? createDeviceId();
		const outcome = await unlessBusy(logIn(username, password, { address: event.locals.address, device }));
		const refuse = (status: number, errors: { form?: string; password?: string }) => fail(status, { errors, username });
		if (outcome === 'busy') return refuse(503, { form: explainBusy(event) });
		if ('limited' in outcome)
			return refuse(429, { form: explainLimit(event, outcome.limited, 'Too many log-in attempts.') });
		// Either may be wrong. The password has to be entered again in any case.
		if ('invalid' in outcome) return refuse(400, { password: 'Invalid username or password' });
		const isReopened = outcome.isClosed && (await reopenAccount(outcome.user.id));
		const userAgent = describeDevice(event.request.headers.get('user-agent'));
		const session = await createSession(outcome.user.id, findCookie(event, SESSION_COOKIE), userAgent);
		setCookie(event, SESSION_COOKIE, session, sessionMaxAge());
		setCookie(event, DEVICE_COOKIE, device, DEVICE_SECONDS);
		const next = localPath(event.url.searchParams.get('next'));
		const finished = await finishAsUser(event, { ...outcome.user, address: event.locals.address }, next);
		setFlash(
			event,
			isReopened ? 'You were logged in. Your account is open again.' : (finished ?? 'You were logged in')
		);
		redirect(303, next);
	}
};
