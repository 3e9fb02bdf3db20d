import { error, json } from '@sveltejs/kit';
import { requireId, requireProfile } from '#lib/http/access.server.ts';
import { findCookie } from '#lib/http/cookies.server.ts';
import { STREAM_HEADERS, hasRoomFor, streamEvents } from '#lib/http/event-stream.server.ts';
import { newMessages, onRemovedMessages } from '#lib/http/live-updates.server.ts';
import { findFolloweeIds } from '#lib/server/follows/following.ts';
import { listRemovedIds } from '#lib/server/messages/removed-messages.ts';
import { SESSION_COOKIE } from '#lib/server/accounts/sessions.ts';
import {
	type ReadTimeline,
	listNewMessageIds,
	readHomeTimeline,
	readPublicTimeline,
	readUserTimeline
} from '#lib/server/messages/timelines.ts';
import type { RequestHandler } from './$types';

/**
 * Responds with the ids of other users' messages that a timeline has received since a message, and of messages that were
 * deleted or flagged, at first those from `oldest` to `after`: as a stream of server-sent events, each a JSON array, the
 * latter of type `removed`; or once as `{ added, removed }` if the request accepts JSON. Responds 400 for invalid
 * parameters, 401 or 404 if the timeline isn't available, and 503 if too many streams are open.
 */
export const GET: RequestHandler = async (event) => {
	const { url, request } = event;
	const { user, address } = event.locals;
	const after = requireId(url, 'after');
	const oldest = url.searchParams.has('oldest') ? requireId(url, 'oldest') : after;
	const timeline = url.searchParams.get('timeline');

	let isInTimeline: (authorId: number) => boolean;
	let read: ReadTimeline;
	if (timeline === 'public') {
		isInTimeline = () => true;
		read = readPublicTimeline;
	} else if (timeline === 'home') {
		if (!user) error(401, 'Log in to watch your timeline');
		const followees = new Set(await findFolloweeIds(user.id));
		isInTimeline = (id) => followees.has(id);
		read = (page) => readHomeTimeline(user.id, page);
	} else if (timeline === 'user') {
		const author = await requireProfile(url.searchParams.get('name') ?? '', user);
		isInTimeline = (id) => id === author.id;
		read = (page) => readUserTimeline(author.id, page);
	} else error(400, '`timeline` must be `public`, `home` or `user`');

	const readChanges = async () => {
		const [added, removed] = await Promise.all([
			listNewMessageIds(read, after, user?.name ?? null),
			listRemovedIds(oldest, after)
		]);
		return { added, removed };
	};
	if (request.headers.get('accept') === 'application/json') return json(await readChanges());
	const requireCapacity = () => {
		if (!hasRoomFor(address)) error(503, 'Too many open connections; retrying');
	};
	if (request.method === 'HEAD') {
		requireCapacity();
		return new Response(null, { headers: STREAM_HEADERS });
	}

	// Subscribing before reading misses no message; clients ignore an id that they receive twice.
	const early: number[] = [];
	let send: (ids: number[]) => void = (ids) => early.push(...ids);
	const stopMessages = await newMessages().subscribe((messages) => {
		const wanted = messages.filter(({ author_id }) => author_id !== user?.id && isInTimeline(author_id));
		if (wanted.length > 0) send(wanted.map(({ id }) => id));
	});
	const removed: number[] = [];
	let sendRemoved: (ids: number[]) => void = (ids) => removed.push(...ids);
	const stopRemovals = onRemovedMessages((ids) => sendRemoved(ids));
	const unsubscribe = () => {
		stopMessages();
		stopRemovals();
	};
	try {
		const missed = await readChanges();
		removed.push(...missed.removed);
		early.push(...missed.added);
		// Checked last, with no await before the stream opens, so that concurrent requests can't exceed the limit.
		requireCapacity();
	} catch (failure) {
		unsubscribe();
		throw failure;
	}
	return streamEvents(address, user && findCookie(event, SESSION_COOKIE), (write) => {
		send = write;
		if (early.length > 0) write(early);
		sendRemoved = (ids) => write(ids, 'removed');
		if (removed.length > 0) sendRemoved(removed);
		return unsubscribe;
	});
};
