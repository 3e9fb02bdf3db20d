import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Handle } from '@sveltejs/kit';
import { DEVICE_COOKIE } from '#lib/server/accounts/known-devices.ts';
import { type Cursor, parseCursor } from '#lib/server/database/pagination.ts';
import { withState } from '#lib/server/database/read-versions.ts';
import { readSource, withReplicaReads } from '#lib/server/database/replica-reads.ts';
import { findFollowersState, findFollowingState } from '#lib/server/follows/following.ts';
import type { DirectAnswer } from '#lib/server/listening/direct-answers.ts';
import { pathOf } from '#lib/server/listening/own-host.ts';
import { findMessageState } from '#lib/server/messages/find-message.ts';
import { findPublicTimelineState, findUserTimelineState } from '#lib/server/messages/timelines.ts';
import { type KeptPage, KeptPages } from './kept-pages.server.ts';
import { shareNext } from './share-next.server.ts';
import { VisitorPage } from './visitor-page.server.ts';

/*
 * Visitors without a cookie all get the same page, so it is rendered once per state and kept as bytes. They are used
 * only if a check of the state that began after the request arrived confirms them. Reasons:
 * docs/decisions/0004-shared-reads.md.
 */

/** The routes whose pages are kept, and how the state of a page is found. */
const STATES = new Map<string, (username: string, cursor: Cursor, id: number) => Promise<string | null>>([
	['/public', findPublicTimelineState],
	['/[[prefix=u]]/[username]', findUserTimelineState],
	['/[[prefix=u]]/[username]/following', findFollowingState],
	['/[[prefix=u]]/[username]/followers', findFollowersState],
	['/[[prefix=u]]/[username]/[id=message]', (username, _cursor, id) => findMessageState(username, id)]
]);

/** The device cookie is read only at log-in. */
const SHAREABLE_COOKIES = new RegExp(`^((__Host-)?${DEVICE_COOKIE}=[^;]*)?$`);

/** A visitor has no cookie with a position that a replica must have replayed. */
const NOTHING_WRITTEN = 0;

/** About five hundred pages with their compressed variants: those that many people read at a time. */
const MAX_BYTES = 32 * 2 ** 20;

/** By the address as the client wrote it, with only the parameter that the page reads. */
const pages = new KeptPages(MAX_BYTES);

/** An address without parameters, or as the links between pages write it. Others first need to be normalized. */
const PLAIN_ADDRESS = /^[^?]*(?:\?(?:before|after)=\d{1,16})?$/;

function isFromVisitor({ method, headers }: IncomingMessage): boolean {
	return (method === 'GET' || method === 'HEAD') && SHAREABLE_COOKIES.test(headers.cookie ?? '');
}

/** Answers with a kept page. SvelteKit takes ten times as long to pass a request to a hook and send its response. */
export const answerVisitor: DirectAnswer = (request, response) => {
	const address = request.url ?? '';
	if (!isFromVisitor(request) || !PLAIN_ADDRESS.test(address)) return null;
	const kept = pages.find(address);
	return kept ? answerIfValid(address, kept, request, response) : null;
};

async function answerIfValid(
	address: string,
	{ route, findState }: KeptPage,
	request: IncomingMessage,
	response: ServerResponse
): Promise<boolean> {
	// If the database fails, so does the rendering, and the application answers.
	const state = await withReplicaReads(NOTHING_WRITTEN, findState).catch(() => null);
	const page = pages.findValid(address, state);
	if (!page) return false;
	const { status, headers, body } = await page.answer(request.headers);
	if (request.observed) request.observed.route = route;
	response.writeHead(status, headers).end(request.method === 'HEAD' ? null : body);
	return true;
}

/**
 * Renders a page once for all visitors who requested it before the rendering began, unless the kept one is valid, and
 * keeps it.
 */
export const keepVisitorPages: Handle = async ({ event, resolve }) => {
	const request = event.platform?.req;
	const route = event.route.id ?? '';
	const findPageState = STATES.get(route);
	const cursor = parseCursor(event.url.searchParams);
	if (!request || !findPageState || cursor === 'invalid' || event.isDataRequest || !isFromVisitor(request))
		return resolve(event);
	event.url.search = searchOf(cursor);
	const address = pathOf(request.url ?? '') + event.url.search;
	const findState = () => findPageState(event.params.username ?? '', cursor, Number(event.params.id));

	let response: Response | null = null;
	const page = await shareNext(`${readSource()} ${address}`, async () => {
		const valid = pages.findValid(address, await findState().catch(() => null));
		if (valid) return valid;
		const renderedAt = Date.now();
		const { result, state } = await withState(async () => resolve(event));
		if (result.status === 200 && !result.headers.has('set-cookie')) {
			const rendered = new VisitorPage(await result.text(), result.headers, renderedAt);
			pages.keep(address, { page: rendered, route, state, findState });
			return rendered;
		}
		response = result;
		return null;
	});
	if (page) return respond(page, request);
	// An error page has the id of its request.
	return response ?? resolve(event);
};

function searchOf(cursor: Cursor): string {
	const [[side, id] = []] = Object.entries(cursor ?? {});
	return side === undefined ? '' : `?${side}=${id}`;
}

async function respond(page: VisitorPage, request: IncomingMessage): Promise<Response> {
	const { status, headers, body } = await page.answer(request.headers);
	return new Response(body, { status, headers });
}
