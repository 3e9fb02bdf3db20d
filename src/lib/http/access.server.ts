import { type RequestEvent, error, redirect } from '@sveltejs/kit';
import { isolatedName } from '#lib/text/isolated-name.ts';
import { type Cursor, parseCursor } from '#lib/server/database/pagination.ts';
import type { SignedIn } from '#lib/server/accounts/sessions.ts';
import { type Profile, findProfile } from '#lib/server/accounts/users.ts';
import type { Moderator } from '#lib/server/moderation/audit-records.ts';
import { findMessage } from '#lib/server/messages/find-message.ts';
import type { TimelineMessage } from '#lib/server/messages/timelines.ts';
import { isForAnotherAccount } from '#lib/server/accounts/writers.ts';
import { readOwner } from './forms.server.ts';

/** Returns the logged-in user. Redirects anybody else to the log-in page and back afterwards. */
export function requireUser({ locals, url }: Pick<RequestEvent, 'locals' | 'url'>): SignedIn {
	if (!locals.user) redirect(303, `/login?next=${encodeURIComponent(url.pathname + url.search)}`);
	return locals.user;
}

/** Returns the logged-in user as a moderator. Redirects visitors to the log-in page, and responds with 403 to others. */
export function requireModerator(event: Pick<RequestEvent, 'locals' | 'url'>): Moderator {
	const { id, name, isModerator } = requireUser(event);
	if (!isModerator) error(403, 'Only moderators can see this page');
	return { kind: 'moderator', id, name };
}

/** Resolves to the user whom a path names. Responds with 404 if there is none. */
export async function requireProfile(name: string, viewer: SignedIn | null): Promise<Profile> {
	const profile = await findProfile(name, viewer?.id ?? null);
	if (!profile) error(404, `Nobody here is called ${isolatedName(name)}`);
	return profile;
}

/** Resolves to the message that a path names. Responds with 404 if there is none, and with 410 if it was deleted. */
export async function requireMessage(author: string, id: number): Promise<TimelineMessage> {
	const message = await findMessage(author, id);
	if (message === 'deleted') error(410, 'This message was deleted');
	if (!message) error(404, "This message doesn't exist");
	return message;
}

/** Returns the cursor in a URL. Responds with 400 if it is invalid. */
export function requireCursor(url: URL): Cursor {
	const cursor = parseCursor(url.searchParams);
	if (cursor === 'invalid') error(400, 'This link is broken');
	return cursor;
}

/** Returns the message id in a URL's parameter. Responds with 400 if it is invalid. */
export function requireId(url: URL, name: string): number {
	const cursor = parseCursor(new URLSearchParams({ after: url.searchParams.get(name) ?? '' }));
	if (cursor === 'invalid' || cursor === null || !('after' in cursor)) error(400, `\`${name}\` must be a message id`);
	return cursor.after;
}

/** Responds with 409 to a form that was created under another account than the one that submits it. */
export function requireOwner({ locals }: Pick<RequestEvent, 'locals'>, owner: string, consequence: string): void {
	const { user, address } = locals;
	if (user && isForAnotherAccount({ ...user, address }, readOwner(owner)))
		error(409, `You're logged in as ${isolatedName(user.name)} now. ${consequence}`);
}
