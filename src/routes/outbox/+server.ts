import { json } from '@sveltejs/kit';
import { isolatedName } from '#lib/text/isolated-name.ts';
import { type Refusal, refuseDeletion, refuseFollow, refusePost } from '#lib/http/refusals.server.ts';
import type { Member } from '#lib/server/accounts/writers.ts';
import { follow, unfollow } from '#lib/server/follows/following.ts';
import { deleteMessage } from '#lib/server/messages/delete-message.ts';
import { postMessage } from '#lib/server/messages/post-message.ts';
import { type Entry, parseEntry } from '#lib/http/outbox-entry.server.ts';
import { type TimelineMessage, withLinks } from '#lib/server/messages/timelines.ts';
import type { RequestHandler } from './$types';

/** Accepts one entry of a browser's outbox. Responds with a receipt that contains its id, or with an error sentence. */
export const POST: RequestHandler = async ({ request, locals: { user, address } }) => {
	if (!request.headers.get('content-type')?.startsWith('application/json'))
		return refuse({ status: 415, sentence: 'An outbox entry must be JSON' });
	const entry = parseEntry(await readJson(request));
	if (!entry) return refuse({ status: 400, sentence: 'This is not a valid outbox entry' });
	if (!user) return refuse({ status: 401, sentence: 'Log in to send this' });
	const writer = { ...user, address };
	if (entry.kind === 'message') return takeMessage(writer, entry);
	return entry.kind === 'delete' ? takeDeletion(writer, entry) : takeFollow(writer, entry);
};

/** The 401 keeps an entry of another account in the outbox until that account logs in. */
const wrongAccount = ({ name }: Member) => ({
	status: 401,
	sentence: `You're logged in as ${isolatedName(name)} now. This was written from another account`
});

async function takeMessage(writer: Member, { id, text, owner }: Entry & { kind: 'message' }): Promise<Response> {
	const outcome = await postMessage(writer, { text, clientId: id, owner });
	// A late retry of a message that was deleted since: it had arrived.
	if (outcome.kind === 'posted' || outcome.kind === 'deleted')
		return acknowledge(id, 'Your message was recorded', withLinks(outcome.message));
	return refuse(refusePost(outcome, wrongAccount(writer)));
}

async function takeFollow(
	writer: Member,
	{ id, kind, name, owner }: Entry & { kind: 'follow' | 'unfollow' }
): Promise<Response> {
	const outcome = await (kind === 'follow' ? follow : unfollow)(writer, name, owner, id);
	if (outcome.kind !== 'done') return refuse(refuseFollow(outcome, name, wrongAccount(writer)));
	return acknowledge(id, `You are ${kind === 'follow' ? 'now' : 'no longer'} following "${isolatedName(name)}"`);
}

async function takeDeletion(writer: Member, { id, message, owner }: Entry & { kind: 'delete' }): Promise<Response> {
	const outcome = await deleteMessage(writer, message, owner);
	if (outcome.kind !== 'done') return refuse(refuseDeletion(outcome, wrongAccount(writer)));
	return acknowledge(id, 'Your message was deleted');
}

function acknowledge(id: string, sentence: string, message: TimelineMessage | null = null): Response {
	return json({ id, message, sentence });
}

function refuse({ status, sentence, retryAfterSeconds }: Refusal): Response {
	const headers = retryAfterSeconds === undefined ? undefined : { 'retry-after': String(retryAfterSeconds) };
	return json({ error: sentence }, { status, headers });
}

/** Returns undefined if the body isn't JSON or is too large. */
async function readJson(request: Request): Promise<unknown> {
	return request.json().catch(() => undefined);
}
