import { json } from '@sveltejs/kit';
import { isolatedName } from '#lib/text/isolated-name.ts';
import { type Refusal, refuseFollow, refusePost } from '#lib/http/refusals.server.ts';
import type { Member } from '#lib/server/accounts/writers.ts';
import { follow, unfollow } from '#lib/server/follows/following.ts';
import { postMessage } from '#lib/server/messages/post-message.ts';
import { type Entry, parseEntry } from '#lib/http/outbox-entry.server.ts';
import { type TimelineMessage, withLinks } from '#lib/server/messages/timelines.ts';
import type { RequestHandler } from './$types';

/** Takes one entry of a browser's outbox. Answers with a receipt that names it, or with a sentence. */
export const POST: RequestHandler = async ({ request, locals: { user, address } }) => {
	if (!request.headers.get('content-type')?.startsWith('application/json'))
		return refuse({ status: 415, sentence: 'An entry of an outbox is JSON' });
	const entry = parseEntry(await readJson(request));
	if (!entry) return refuse({ status: 400, sentence: 'This is no entry of an outbox' });
	if (!user) return refuse({ status: 401, sentence: 'You have to be logged in to share a message' });
	const writer = { ...user, address };
	return entry.kind === 'message' ? takeMessage(writer, entry) : takeFollow(writer, entry);
};

/** An entry of somebody else at the same browser waits until they are back. */
const wrongAccount = ({ name }: Member) => ({
	status: 401,
	sentence: `${isolatedName(name)} is logged in, and did not write this`
});

async function takeMessage(writer: Member, { id, text, owner }: Entry & { kind: 'message' }): Promise<Response> {
	const outcome = await postMessage(writer, { text, clientId: id, owner });
	if (outcome.kind === 'posted') return acknowledge(id, 'Your message was recorded', withLinks(outcome.message));
	return refuse(refusePost(outcome, wrongAccount(writer)));
}

async function takeFollow(
	writer: Member,
	{ id, kind, name, owner }: Entry & { kind: 'follow' | 'unfollow' }
): Promise<Response> {
	const outcome = await (kind === 'follow' ? follow : unfollow)(writer, name, owner);
	if (outcome.kind !== 'done') return refuse(refuseFollow(outcome, name, wrongAccount(writer)));
	return acknowledge(id, `You are ${kind === 'follow' ? 'now' : 'no longer'} following "${isolatedName(name)}"`);
}

function acknowledge(id: string, sentence: string, message: TimelineMessage | null = null): Response {
	return json({ id, message, sentence });
}

function refuse({ status, sentence, retryAfterSeconds }: Refusal): Response {
	const headers = retryAfterSeconds === undefined ? undefined : { 'retry-after': String(retryAfterSeconds) };
	return json({ error: sentence }, { status, headers });
}

/** Undefined when the body is not JSON, or more than the server takes. */
async function readJson(request: Request): Promise<unknown> {
	return request.json().catch(() => undefined);
}
