import { type RequestEvent, error, redirect } from '@sveltejs/kit';
import { isolatedName } from '#lib/text/isolated-name.ts';
import { type Cursor, parseCursor } from '#lib/server/database/pagination.ts';
import type { SignedIn } from '#lib/server/accounts/sessions.ts';
import { type Profile, findProfile } from '#lib/server/accounts/users.ts';

/** The person signed in; anybody else is sent to log in and comes back afterwards. */
export function requireUser({ locals, url }: Pick<RequestEvent, 'locals' | 'url'>): SignedIn {
	if (!locals.user) redirect(303, `/login?next=${encodeURIComponent(url.pathname + url.search)}`);
	return locals.user;
}

/** The person whom an address names. Answers 404 when there is none. */
export async function requireProfile(name: string, viewer: SignedIn | null): Promise<Profile> {
	const profile = await findProfile(name, viewer?.id ?? null);
	if (!profile) error(404, `Nobody here is called ${isolatedName(name)}`);
	return profile;
}

/** The page that an address asks for. Answers 400 when its cursor is none. */
export function requireCursor(url: URL): Cursor {
	const cursor = parseCursor(url.searchParams);
	if (cursor === 'invalid') error(400, 'This link is broken');
	return cursor;
}
