const SAVED_AT = 'x-saved-at';

/** The same answer, marked as a copy with the time at which the server made it. */
export function markCopy(response: Response): Response {
	const headers = new Headers(response.headers);
	headers.set(SAVED_AT, new Date(headers.get('date') ?? 0).toISOString());
	return new Response(response.body, { status: response.status, headers });
}

/** When a copy was made, as in `Date.toISOString`; null for an answer of the network. */
export function savedAtOf(response: Response): string | null {
	return response.headers.get(SAVED_AT);
}

/** The id of the message that a page's form would post. */
const DRAFT_ID = /(name="id" value=")[^"]*/g;

/**
 * A page that is a copy says so in its root element, where the app finds it: a page cannot read its
 * own headers. A form on it gets an id of its own: what was posted from the page before is another message.
 */
export async function showCopyTime(response: Response): Promise<Response> {
	const savedAt = savedAtOf(response);
	if (savedAt === null) return response;
	const html = (await response.text())
		.replace('<html ', `<html data-saved-at="${savedAt}" `)
		.replace(DRAFT_ID, `$1${crypto.randomUUID()}`);
	return new Response(html, { status: response.status, headers: response.headers });
}
