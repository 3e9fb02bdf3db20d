import type { RequestEvent } from '@sveltejs/kit';
import { isolatedName } from '#lib/text/isolated-name.ts';
import type { FollowOutcome } from '#lib/server/follows/following.ts';
import type { PostOutcome } from '#lib/server/messages/post-message.ts';
import type { SignedIn } from '#lib/server/accounts/sessions.ts';
import { explainLimit } from './forms.server.ts';

/** How the web answers where a use case has done nothing. */
export interface Refusal {
	status: number;
	sentence: string;
	/** Seconds until it may be tried again, for `Retry-After`. */
	retryAfterSeconds?: number;
}

/** Why a message was not posted. `wrongAccount` is the answer for one that was written under another account. */
export function refusePost(outcome: Exclude<PostOutcome, { kind: 'posted' }>, wrongAccount: Refusal): Refusal {
	switch (outcome.kind) {
		case 'invalid':
			return { status: 400, sentence: outcome.sentence };
		case 'wrong-account':
			return wrongAccount;
		case 'conflict':
			return {
				status: 422,
				sentence: 'This was shared before with another text. Share it again to post it as a new message'
			};
		case 'unknown':
			return { status: 404, sentence: 'This account no longer exists' };
		case 'limited':
			return { status: 429, sentence: 'That is a lot of messages in a short time.', ...outcome.limited };
	}
}

/** Why nobody was followed or unfollowed. `name` is whom it was about, `wrongAccount` as for a post. */
export function refuseFollow(
	outcome: Exclude<FollowOutcome, { kind: 'done' }>,
	name: string,
	wrongAccount: Refusal
): Refusal {
	switch (outcome.kind) {
		case 'unknown':
			return { status: 404, sentence: `Nobody here is called ${isolatedName(name)}` };
		case 'oneself':
			return { status: 400, sentence: 'You cannot follow yourself' };
		case 'wrong-account':
			return wrongAccount;
		case 'limited':
			return { status: 429, sentence: 'That is a lot of following in a short time.', ...outcome.limited };
	}
}

/** The answer to a form that was made for another account; `again` says what sending it again does. */
export function refuseOwner(user: SignedIn, ownerName: string, again: string): Refusal {
	const owner = ownerName === '' ? 'somebody else' : isolatedName(ownerName);
	const sentence = `You're logged in as ${isolatedName(user.name)} now. This was written as ${owner}. ${again}`;
	return { status: 409, sentence };
}

/** The sentence of a refusal on a page; says in `Retry-After` when to come back. */
export function explainRefusal(
	event: Pick<RequestEvent, 'setHeaders'>,
	{ sentence, retryAfterSeconds }: Refusal
): string {
	return retryAfterSeconds === undefined ? sentence : explainLimit(event, { retryAfterSeconds }, sentence);
}
