import type { RequestEvent } from '@sveltejs/kit';
import { SESSION_COOKIE, sessionMaxAge } from '#lib/server/sessions.ts';

/** Keeps a session's id in the browser, out of reach of scripts and of other sites. */
export function setSessionCookie(event: Pick<RequestEvent, 'cookies' | 'url'>, id: string): void {
	event.cookies.set(SESSION_COOKIE, id, {
		path: '/',
		httpOnly: true,
		sameSite: 'lax',
		secure: event.url.protocol === 'https:',
		maxAge: sessionMaxAge()
	});
}
