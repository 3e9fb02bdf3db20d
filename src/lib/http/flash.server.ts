import type { RequestEvent } from '@sveltejs/kit';
import { COPY_HEADER, FLASH_HEADER } from './flash-header.ts';
import { deleteCookie, findCookie, setCookie } from './cookies.server.ts';

const FLASH_COOKIE = 'flash';
/** Long enough for the redirect. */
const FLASH_SECONDS = 60;

type FlashEvent = Pick<RequestEvent, 'cookies' | 'url'>;

/** Stores a sentence for the next page. */
export function setFlash(event: FlashEvent, sentence: string): void {
	setCookie(event, FLASH_COOKIE, sentence, FLASH_SECONDS);
}

/**
 * Returns and deletes the sentence stored for this page, or null. It is shown once: neither the browser nor the service
 * worker caches the page, and a copy that the service worker requests leaves the sentence for the page itself.
 */
export function takeFlash(event: FlashEvent & Pick<RequestEvent, 'request' | 'setHeaders'>): string | null {
	if (event.request.headers.has(COPY_HEADER)) return null;
	const sentence = findCookie(event, FLASH_COOKIE);
	if (sentence === null) return null;
	deleteCookie(event, FLASH_COOKIE);
	event.setHeaders({ [FLASH_HEADER]: 'shown', 'cache-control': 'private, no-store' });
	return sentence;
}
