import { error } from '@sveltejs/kit';
import { requireUser } from '#lib/http/access.server.ts';
import { findCookie } from '#lib/http/cookies.server.ts';
import { explainLimit } from '#lib/http/refusals.server.ts';
import { exportAccount } from '#lib/server/accounts/export.ts';
import { SESSION_COOKIE } from '#lib/server/accounts/sessions.ts';
import type { RequestHandler } from './$types';

const HEADERS = {
	'content-type': 'application/json; charset=utf-8',
	'content-disposition': 'attachment; filename="minitwit-export.json"',
	'cache-control': 'private, no-store'
};

/** Responds with all data of the user's account as a file, which is read from the database as fast as it is sent. */
export const GET: RequestHandler = async (event) => {
	const user = requireUser(event);
	if (event.request.method === 'HEAD') return new Response(null, { headers: HEADERS });
	const outcome = await exportAccount(user, findCookie(event, SESSION_COOKIE) ?? '');
	if ('limited' in outcome) error(429, explainLimit(event, outcome.limited, 'Too many downloads.'));
	return new Response(streamOf(outcome.parts), { headers: HEADERS });
};

function streamOf(parts: AsyncGenerator<string>): ReadableStream<Uint8Array> {
	const encoder = new TextEncoder();
	return new ReadableStream<Uint8Array>({
		async pull(controller) {
			const { value, done } = await parts.next();
			if (done) controller.close();
			else controller.enqueue(encoder.encode(value));
		},
		cancel: () => void parts.return(undefined)
	});
}
