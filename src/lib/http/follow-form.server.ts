import { type ActionFailure, type RequestEvent, error, fail } from '@sveltejs/kit';
import type { follow } from '#lib/server/follows/following.ts';
import { requireUser } from './access.server.ts';
import { profilePath } from '#lib/text/profile-path.ts';
import { readForm, readOwner } from './forms.server.ts';
import { localPath } from './local-path.ts';
import { explainRefusal, refuseFollow, refuseOwner } from './refusals.server.ts';

/**
 * Handles a form that follows or unfollows a user. Resolves to null on success, else to the failure that the
 * page shows. Responds with an error page if the user does not exist or is the writer.
 */
export async function takeFollowForm(
	event: RequestEvent,
	name: string,
	change: typeof follow
): Promise<ActionFailure<{ error: string }> | null> {
	const user = requireUser(event);
	const { owner, owner_name } = await readForm(event.request, ['owner', 'owner_name']);
	const outcome = await change({ ...user, address: event.locals.address }, name, readOwner(owner));
	if (outcome.kind === 'done') return null;
	const wrongAccount = refuseOwner(user, owner_name, 'Press the button again to use this account.');
	const refusal = refuseFollow(outcome, name, wrongAccount);
	if (refusal.status === 400 || refusal.status === 404) error(refusal.status, refusal.sentence);
	return fail(refusal.status, { error: explainRefusal(event, refusal) });
}

/** Returns where to go after a follow or unfollow: the list with the button if the address names it, else the profile. */
export function pathAfterFollow({ url }: Pick<RequestEvent, 'url'>, name: string): string {
	const next = url.searchParams.get('next');
	return next === null ? profilePath(name) : localPath(next);
}
