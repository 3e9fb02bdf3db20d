import type { RequestEvent } from '@sveltejs/kit';

/*
 * Names and attributes of all cookies. A browser replaces or deletes a cookie only if name and path match, and
 * ignores `Secure` cookies over plain HTTP, so setting and deleting must use the same attributes.
 */

type CookieEvent = Pick<RequestEvent, 'cookies' | 'url'>;

const isHttps = ({ protocol }: URL) => protocol === 'https:';

const attributesAt = (url: URL) => ({ path: '/', httpOnly: true, sameSite: 'lax', secure: isHttps(url) }) as const;

/**
 * The name of a cookie on the site at `url`. Over HTTPS it has the prefix `__Host-` (RFC 6265bis, section
 * 4.1.3.2): the browser accepts such a cookie only from this host over HTTPS, so neither a sibling domain nor a
 * plain HTTP response can plant another one.
 */
export function cookieName(url: URL, name: string): string {
	return isHttps(url) ? `__Host-${name}` : name;
}

/** Returns the value of a cookie, or null if it is missing or empty. */
export function findCookie({ cookies, url }: CookieEvent, name: string): string | null {
	return cookies.get(cookieName(url, name)) || null;
}

/** Sets a cookie in the response, inaccessible to scripts and other sites. In place of half a character it has U+FFFD. */
export function setCookie({ cookies, url }: CookieEvent, name: string, value: string, maxAgeSeconds: number): void {
	cookies.set(cookieName(url, name), value.toWellFormed(), { ...attributesAt(url), maxAge: maxAgeSeconds });
}

/** Deletes a cookie in the response. */
export function deleteCookie({ cookies, url }: CookieEvent, name: string): void {
	cookies.delete(cookieName(url, name), attributesAt(url));
}

/** Returns the `Set-Cookie` header that `setCookie` would send, for a response that already exists. */
export function serializeCookie(
	{ cookies, url }: CookieEvent,
	name: string,
	value: string,
	maxAgeSeconds: number
): string {
	return cookies.serialize(cookieName(url, name), value.toWellFormed(), {
		...attributesAt(url),
		maxAge: maxAgeSeconds
	});
}
