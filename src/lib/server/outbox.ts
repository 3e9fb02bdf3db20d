import * as v from 'valibot';
import { isolatedName } from '../isolated-name.ts';
import { createFollow, deleteFollow } from './follows.ts';
import { createMessage, findTextFault } from './messages.ts';
import { type Limited, spendPostingPoints } from './rate-limits.ts';
import type { SignedIn } from './sessions.ts';
import { type TimelineMessage, readMessage } from './timelines.ts';

/*
 * The server's end of a browser's outbox. Every entry may come any number of times, because a browser
 * cannot know whether an answer that was lost had been given: it does its work once.
 */

const common = { id: v.pipe(v.string(), v.uuid()), owner: v.pipe(v.number(), v.integer()) };

const ENTRY = v.variant('kind', [
	v.object({ ...common, kind: v.literal('message'), text: v.string() }),
	v.object({ ...common, kind: v.picklist(['follow', 'unfollow']), name: v.string() })
]);

/** What an entry came to: a receipt that names it, or an HTTP status with a sentence. */
export type Delivery =
	| { receipt: { id: string; message: TimelineMessage | null; sentence: string } }
	| { status: 400 | 401 | 404 | 422; error: string }
	| { limited: Limited };

/** Takes an entry of the outbox of the person signed in, as it came over the wire. */
export async function deliver(body: unknown, user: SignedIn | null, address: string): Promise<Delivery> {
	const parsed = v.safeParse(ENTRY, body);
	if (!parsed.success) return { status: 400, error: 'This is no entry of an outbox' };
	const entry = parsed.output;
	if (!user) return { status: 401, error: 'You have to be logged in to share a message' };
	// Written by somebody else at the same browser: it waits until they are back.
	if (user.id !== entry.owner)
		return { status: 401, error: `${isolatedName(user.name)} is logged in, and did not write this` };
	return entry.kind === 'message'
		? deliverMessage(entry, user, address)
		: deliverFollow(entry.id, entry.kind, entry.name, user);
}

async function deliverMessage(
	{ id, text }: { id: string; text: string },
	user: SignedIn,
	address: string
): Promise<Delivery> {
	const fault = findTextFault(text);
	if (fault) return { status: 400, error: fault };
	const limited = await spendPostingPoints(user.name, address);
	if (limited) return { limited };
	const posted = await createMessage(user.id, text, id);
	if (posted === 'conflict') return { status: 422, error: 'This was shared before with another text' };
	return { receipt: { id, message: await readMessage(posted.id), sentence: 'Your message was recorded' } };
}

async function deliverFollow(id: string, kind: 'follow' | 'unfollow', name: string, user: SignedIn): Promise<Delivery> {
	const outcome = await (kind === 'follow' ? createFollow : deleteFollow)(user.name, name);
	if (outcome === 'unknown') return { status: 404, error: `Nobody here is called ${isolatedName(name)}` };
	if (outcome === 'oneself') return { status: 400, error: 'You cannot follow yourself' };
	const sentence = `You are ${kind === 'follow' ? 'now' : 'no longer'} following "${isolatedName(name)}"`;
	return { receipt: { id, message: null, sentence } };
}
