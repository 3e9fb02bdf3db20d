import type { Handle, RequestEvent } from '@sveltejs/kit';
import { WRITTEN_COOKIE_SECONDS, withReplicaReads, findWrittenPosition } from '#lib/server/database/replica-reads.ts';
import { findCookie, serializeCookie } from './cookies.server.ts';

/** The log position that a replica must have replayed to show this browser's own writes. It is not secret. */
const WRITTEN_COOKIE = 'written';

/** Asks for messages newer than a page. It reads from the primary, because a replica might not have them yet. */
const EVENTS_ROUTE = '/events';

/**
 * Replica reads with read-your-writes: pages are read from the replica unless it lacks the browser's own latest
 * write. Every request that may write sets the written position in a cookie.
 */
export const routeReads: Handle = async ({ event, resolve }) => {
	if (['GET', 'HEAD'].includes(event.request.method))
		return event.route.id === EVENTS_ROUTE
			? resolve(event)
			: withReplicaReads(writtenPosition(event), () => resolve(event));
	const response = await resolve(event);
	// An unknown position counts as beyond any replica.
	const position = await findWrittenPosition().catch(() => Number.MAX_SAFE_INTEGER);
	if (position !== null) {
		const written = serializeCookie(event, WRITTEN_COOKIE, String(position), WRITTEN_COOKIE_SECONDS);
		response.headers.append('set-cookie', written);
	}
	return response;
};

function writtenPosition(event: Pick<RequestEvent, 'cookies' | 'url'>): number {
	const text = findCookie(event, WRITTEN_COOKIE) ?? '0';
	return /^\d{1,16}$/.test(text) ? Number(text) : Number.MAX_SAFE_INTEGER;
}
