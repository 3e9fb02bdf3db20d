import { SAVED_AT_HEADER } from '#lib/offline/saved-at-header.ts';

/** Returns the response marked as a copy, with the time at which the server created it. */
export function markCopy(response: Response): Response {
	const headers = new Headers(response.headers);
	headers.set(SAVED_AT_HEADER, new Date(headers.get('date') ?? 0).toISOString());
	return new Response(response.body, { status: response.status, headers });
}

/** Returns when a copy was created, in the format of `Date.toISOString`; null for a response from the network. */
export function savedAtOf(response: Response): string | null {
	return response.headers.get(SAVED_AT_HEADER);
}

/** The message id in a page's form. Text on the page can contain quotation marks, but not `<`. */
const DRAFT_ID = /(<input type="hidden" name="id" value=")[^"]*/g;

/**
 * Writes the time of a copy into the root element of its page, because a page can't read its own headers. Its
 * form gets a new message id, because a message with the old id may have been posted already. Other responses
 * are returned unchanged.
 */
export async function showCopyTime(response: Response): Promise<Response> {
	const savedAt = savedAtOf(response);
	if (savedAt === null) return response;
	const html = (await response.text())
		.replace('<html ', `<html data-saved-at="${savedAt}" `)
		.replace(DRAFT_ID, `$1${crypto.randomUUID()}`);
	return new Response(html, { status: response.status, headers: response.headers });
}
