import type { Cookies } from '@sveltejs/kit';

const FLASH_COOKIE = 'flash';
/** Long enough for the redirect that follows. */
const FLASH_SECONDS = 60;

/** Leaves a sentence for the page that follows. */
export function setFlash(cookies: Cookies, sentence: string): void {
	cookies.set(FLASH_COOKIE, sentence, {
		path: '/',
		httpOnly: true,
		sameSite: 'lax',
		secure: false,
		maxAge: FLASH_SECONDS
	});
}

/** The sentence left for this page, null when there is none. It is shown once. */
export function takeFlash(cookies: Cookies): string | null {
	const sentence = cookies.get(FLASH_COOKIE) ?? null;
	if (sentence !== null) cookies.delete(FLASH_COOKIE, { path: '/', secure: false });
	return sentence;
}
