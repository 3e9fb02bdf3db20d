import type { RequestEvent } from '@sveltejs/kit';
import { COPY_HEADER, FLASH_HEADER } from './flash-header.ts';
import { deleteCookie, findCookie, setCookie } from './cookies.server.ts';

const FLASH_COOKIE = 'flash';
/** Long enough for the redirect that follows. */
const FLASH_SECONDS = 60;

type FlashEvent = Pick<RequestEvent, 'cookies' | 'url'>;

/** Leaves a sentence for the page that follows. */
export function setFlash(event: FlashEvent, sentence: string): void {
	setCookie(event, FLASH_COOKIE, sentence, FLASH_SECONDS);
}

/** The sentence left for this page, null when there is none. It is shown once: neither browser nor worker keeps the page. */
export function takeFlash(event: FlashEvent & Pick<RequestEvent, 'request' | 'setHeaders'>): string | null {
	if (event.request.headers.has(COPY_HEADER)) return null;
	const sentence = findCookie(event, FLASH_COOKIE);
	if (sentence === null) return null;
	deleteCookie(event, FLASH_COOKIE);
	event.setHeaders({ [FLASH_HEADER]: 'shown', 'cache-control': 'private, no-store' });
	return sentence;
}
