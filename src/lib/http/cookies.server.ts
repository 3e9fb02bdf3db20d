import type { RequestEvent } from '@sveltejs/kit';

/*
 * The names and attributes of all cookies. A browser replaces or deletes a cookie only under the same
 * name and path, and ignores `Secure` ones over plain HTTP, so setting and deleting share them.
 */

type CookieEvent = Pick<RequestEvent, 'cookies' | 'url'>;

const isHttps = ({ protocol }: URL) => protocol === 'https:';

const attributesAt = (url: URL) => ({ path: '/', httpOnly: true, sameSite: 'lax', secure: isHttps(url) }) as const;

/**
 * The name under which a browser has a cookie of the site at `url`. Over HTTPS it has the prefix
 * `__Host-` (RFC 6265bis, section 4.1.3.2): the browser takes it from this host alone, so that no
 * neighbouring host or plain HTTP answer can put another one before it.
 */
export function cookieName(url: URL, name: string): string {
	return isHttps(url) ? `__Host-${name}` : name;
}

/** The value of a cookie; null when the browser has none, or an empty one. */
export function findCookie({ cookies, url }: CookieEvent, name: string): string | null {
	return cookies.get(cookieName(url, name)) || null;
}

/** Sets a cookie with the answer, out of reach of scripts and of other sites. */
export function setCookie({ cookies, url }: CookieEvent, name: string, value: string, maxAgeSeconds: number): void {
	cookies.set(cookieName(url, name), value, { ...attributesAt(url), maxAge: maxAgeSeconds });
}

/** Deletes a cookie with the answer. */
export function deleteCookie({ cookies, url }: CookieEvent, name: string): void {
	cookies.delete(cookieName(url, name), attributesAt(url));
}

/** A `Set-Cookie` header as `setCookie` makes it, for an answer that exists already. */
export function serializeCookie(
	{ cookies, url }: CookieEvent,
	name: string,
	value: string,
	maxAgeSeconds: number
): string {
	return cookies.serialize(cookieName(url, name), value, { ...attributesAt(url), maxAge: maxAgeSeconds });
}
