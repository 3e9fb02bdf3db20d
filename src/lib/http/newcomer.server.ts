import { type RequestEvent, redirect } from '@sveltejs/kit';
import { isolatedName } from '#lib/text/isolated-name.ts';
import { profilePath } from '#lib/text/profile-path.ts';
import { follow } from '#lib/server/follows/following.ts';
import type { Member } from '#lib/server/accounts/writers.ts';
import { deleteCookie, findCookie, setCookie } from './cookies.server.ts';

/*
 * What a visitor has begun before logging in: the invitation that they opened, the name that was just registered or has a
 * new password, and whom they want to follow. Kept in cookies, so that it works without JavaScript and no address contains it.
 */

const NAME_COOKIE = 'registered';
const FOLLOW_COOKIE = 'follow';
const INVITE_COOKIE = 'invite';
/** Longer than a code with its hyphens. */
const MAX_INVITE_LENGTH = 100;
/** Long enough to register and log in. */
const SECONDS = 600;

type CookieEvent = Pick<RequestEvent, 'cookies' | 'url'>;

/** Keeps the name of a new account, or of one with a new password, for the log-in page. */
export function keepRegisteredName(event: CookieEvent, name: string): void {
	setCookie(event, NAME_COOKIE, name, SECONDS);
}

/** Returns the name that was kept here a moment ago, or null. */
export function findRegisteredName(event: CookieEvent): string | null {
	return findCookie(event, NAME_COOKIE);
}

/**
 * Keeps the code in the link of an invitation, and redirects to the same page without it, so that the code is in no address
 * that the browser shows, remembers or sends on.
 */
export function moveInvite(event: CookieEvent): void {
	const parameters = new URLSearchParams(event.url.searchParams);
	const code = parameters.get('invite');
	if (code === null) return;
	setCookie(event, INVITE_COOKIE, code.slice(0, MAX_INVITE_LENGTH), SECONDS);
	parameters.delete('invite');
	redirect(303, parameters.size === 0 ? event.url.pathname : `${event.url.pathname}?${parameters}`);
}

/** Returns the code of the invitation that was opened here a moment ago, or null. */
export function findInvite(event: CookieEvent): string | null {
	return findCookie(event, INVITE_COOKIE);
}

/** Keeps whom a visitor wants to follow. Only for a request of our own pages: it is carried out without asking again. */
export function keepFollow(event: CookieEvent, name: string): void {
	setCookie(event, FOLLOW_COOKIE, name, SECONDS);
}

/**
 * Carries out what a visitor began before logging in, if the log-in leads back to `next`, where they began it: whoever
 * logs in later on the same device did not ask for it. Resolves to a sentence about it, or to null.
 */
export async function finishAsUser(event: CookieEvent, writer: Member, next: string): Promise<string | null> {
	const followee = findCookie(event, FOLLOW_COOKIE);
	for (const name of [NAME_COOKIE, FOLLOW_COOKIE, INVITE_COOKIE])
		if (findCookie(event, name) !== null) deleteCookie(event, name);
	if (followee === null || next !== profilePath(followee)) return null;
	// Their page has the button, in case that this fails.
	const outcome = await follow(writer, followee, null).catch(() => null);
	return outcome?.kind === 'done' ? `You are now following "${isolatedName(followee)}"` : null;
}
