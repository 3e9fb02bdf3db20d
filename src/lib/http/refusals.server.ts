import type { RequestEvent } from '@sveltejs/kit';
import { isolatedName } from '#lib/text/isolated-name.ts';
import type { FollowOutcome } from '#lib/server/follows/following.ts';
import type { DeleteOutcome } from '#lib/server/messages/delete-message.ts';
import type { ReportOutcome } from '#lib/server/moderation/reports.ts';
import type { PostOutcome } from '#lib/server/messages/post-message.ts';
import type { Limited } from '#lib/server/accounts/rate-limits.ts';
import type { Suspended } from '#lib/server/accounts/suspended-accounts.ts';
import type { SignedIn } from '#lib/server/accounts/sessions.ts';

/** The web app's response to a use case that changed nothing. */
export interface Refusal {
	status: number;
	sentence: string;
	/** The time until a retry may succeed, for `Retry-After`. */
	retryAfterSeconds?: number;
}

/**
 * Returns the response for a message that was not posted. `wrongAccount` is the response for a message written
 * under another account.
 */
export function refusePost(outcome: Exclude<PostOutcome, { kind: 'posted' }>, wrongAccount: Refusal): Refusal {
	switch (outcome.kind) {
		case 'invalid':
			return { status: 400, sentence: outcome.sentence };
		case 'wrong-account':
			return wrongAccount;
		case 'conflict':
			return {
				status: 422,
				sentence: 'This message was already posted with a different text. Share it again to post it as a new message.'
			};
		case 'deleted':
			return { status: 422, sentence: 'This message was deleted. Share it again to post it as a new message.' };
		case 'unknown':
			return { status: 404, sentence: 'This account no longer exists' };
		case 'suspended':
			return refuseSuspended(outcome);
		case 'limited':
			return { status: 429, sentence: "You're posting too fast.", ...outcome.limited };
	}
}

/**
 * Returns the response for a follow or unfollow that was rejected. `name` is the other user; `wrongAccount` as
 * for a post.
 */
export function refuseFollow(
	outcome: Exclude<FollowOutcome, { kind: 'done' }>,
	name: string,
	wrongAccount: Refusal
): Refusal {
	switch (outcome.kind) {
		case 'unknown':
			return { status: 404, sentence: `Nobody here is called ${isolatedName(name)}` };
		case 'oneself':
			return { status: 400, sentence: "You can't follow yourself" };
		case 'suspended':
			return refuseSuspended(outcome);
		case 'wrong-account':
			return wrongAccount;
		case 'conflict':
			return { status: 422, sentence: 'This was already sent for another follow or unfollow' };
		case 'limited':
			return { status: 429, sentence: "You're following and unfollowing too fast.", ...outcome.limited };
	}
}

/** Returns the response for a write by a suspended account. */
export function refuseSuspended({ reason }: Suspended): Refusal {
	const sentence =
		`Your account is suspended. The reason: ${isolatedName(reason)}. ` +
		'You can read, export your data, delete messages and close your account.';
	return { status: 403, sentence };
}

/** Returns the response for a message that was not deleted. `wrongAccount` as for a post. */
export function refuseDeletion(outcome: Exclude<DeleteOutcome, { kind: 'done' }>, wrongAccount: Refusal): Refusal {
	return outcome.kind === 'unknown' ? { status: 404, sentence: "You don't have this message" } : wrongAccount;
}

/** Returns the response for a message that was not reported. `wrongAccount` as for a post. */
export function refuseReport(
	outcome: Exclude<ReportOutcome, { kind: 'done' | 'invalid' }>,
	wrongAccount: Refusal
): Refusal {
	switch (outcome.kind) {
		case 'unknown':
			return { status: 404, sentence: "This message doesn't exist" };
		case 'wrong-account':
			return wrongAccount;
		case 'suspended':
			return refuseSuspended(outcome);
		case 'limited':
			return { status: 429, sentence: "You're reporting too much.", ...outcome.limited };
	}
}

/** Returns the response to a form opened under another account; `again` says what submitting it again does. */
export function refuseOwner(user: SignedIn, ownerName: string, again: string): Refusal {
	const owner = ownerName === '' ? 'someone else' : isolatedName(ownerName);
	const sentence = `You're logged in as ${isolatedName(user.name)} now. This form was opened as ${owner}. ${again}`;
	return { status: 409, sentence };
}

/** Returns the sentence to show on a page and sets `Retry-After`. */
export function explainRefusal(
	event: Pick<RequestEvent, 'setHeaders'>,
	{ sentence, retryAfterSeconds }: Refusal
): string {
	return retryAfterSeconds === undefined ? sentence : explainLimit(event, { retryAfterSeconds }, sentence);
}

/** Returns the message for a reached limit and sets `Retry-After`. */
export function explainLimit(
	event: Pick<RequestEvent, 'setHeaders'>,
	{ retryAfterSeconds }: Limited,
	what: string
): string {
	event.setHeaders({ 'retry-after': String(retryAfterSeconds) });
	const minutes = Math.ceil(retryAfterSeconds / 60);
	return `${what} Try again in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`;
}

/** Returns the message for a full hash queue and sets `Retry-After`. */
export function explainBusy(event: Pick<RequestEvent, 'setHeaders'>): string {
	event.setHeaders({ 'retry-after': '2' });
	return 'Too many people are logging in or creating accounts right now. Try again in a moment.';
}
