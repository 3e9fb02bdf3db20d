import type { Handle, RequestEvent } from '@sveltejs/kit';
import { WRITTEN_COOKIE_SECONDS, withReplicaReads, findWrittenPosition } from '#lib/server/database/replica-reads.ts';
import { findCookie, serializeCookie } from './cookies.server.ts';

/** How far a replica must have come to show this browser's own writes. No secret, and good for nothing else. */
const WRITTEN_COOKIE = 'written';

/** Looks for what has come since a page was read: on a replica it would be looked for too early. */
const NEWS = '/events';

/**
 * Pages may be read from the replica, unless their reader has just written something that it lacks.
 * Whatever may have written tells the browser how far that was, on every way that a browser writes.
 */
export const routeReads: Handle = async ({ event, resolve }) => {
	if (['GET', 'HEAD'].includes(event.request.method))
		return event.route.id === NEWS ? resolve(event) : withReplicaReads(writtenBy(event), () => resolve(event));
	const response = await resolve(event);
	// Not known, it is further than any replica can be.
	const position = await findWrittenPosition().catch(() => Number.MAX_SAFE_INTEGER);
	if (position !== null) {
		const written = serializeCookie(event, WRITTEN_COOKIE, String(position), WRITTEN_COOKIE_SECONDS);
		response.headers.append('set-cookie', written);
	}
	return response;
};

function writtenBy(event: Pick<RequestEvent, 'cookies' | 'url'>): number {
	const text = findCookie(event, WRITTEN_COOKIE) ?? '0';
	return /^\d{1,16}$/.test(text) ? Number(text) : Number.MAX_SAFE_INTEGER;
}
