import { ACCOUNT_HEADER } from '#lib/http/account-header.ts';
import type { Entry, Intent } from './indexed-db.ts';
import { readRetryAfter } from './retry-after-header.ts';

/** A message as the server returns it after saving it. */
export interface SentMessage {
	id: number;
	author_name: string;
	text: string;
	/** In the format of `Date.toISOString`. */
	posted_at: string;
	links: { start: number; end: number; href: string; shown?: string }[];
}

/** The outcome of an attempt to send an entry. */
export type Outcome =
	| { kind: 'sent'; message: SentMessage | null; sentence: string }
	/** The server refused the entry for good; it stays in the outbox with the server's sentence. */
	| { kind: 'refused'; sentence: string }
	/** No one, or another account, is signed in. */
	| { kind: 'signed-out'; sentence: string }
	/** There was no response, or none from the server: try again later. */
	| { kind: 'later'; sentence: string; retryAfterMs: number | null };

/** The server's response to an entry that it has accepted. */
interface Receipt {
	/** The id of the entry. */
	id: string;
	message: SentMessage | null;
	sentence: string;
}

const TIMEOUT_MS = 15_000;
const UNREACHABLE = "can't reach MiniTwit";
const BUSY = 'MiniTwit is busy';
const CAPTIVE_PORTAL = 'this network may want you to sign in first';

/** Sends one entry and returns the outcome. Never rejects. */
export async function sendEntry(entry: Entry, send: typeof fetch = fetch): Promise<Outcome> {
	const { id, owner } = entry;
	try {
		const response = await send('/outbox', {
			method: 'POST',
			headers: { 'content-type': 'application/json', accept: 'application/json' },
			body: JSON.stringify({ id, owner, ...contentOf(entry) }),
			// A redirect leads to a captive portal's log-in page, not to the server.
			redirect: 'error',
			cache: 'no-store',
			signal: AbortSignal.timeout(TIMEOUT_MS)
		});
		return classify(entry, response, await readJson(response));
	} catch {
		return { kind: 'later', sentence: UNREACHABLE, retryAfterMs: null };
	}
}

/** Returns what the server needs to know of an intent. */
function contentOf(intent: Intent): Intent | Omit<Extract<Intent, { kind: 'delete' }>, 'text'> {
	if (intent.kind === 'message') return { kind: intent.kind, text: intent.text };
	if (intent.kind === 'delete') return { kind: intent.kind, message: intent.message };
	return { kind: intent.kind, name: intent.name };
}

/** Returns null if the body isn't JSON. Rejects if it was cut off. */
async function readJson(response: Response): Promise<Record<string, unknown> | null> {
	const text = await response.text();
	if (!response.headers.get('content-type')?.startsWith('application/json')) return null;
	const value: unknown = JSON.parse(text);
	return typeof value === 'object' ? (value as Record<string, unknown>) : null;
}

/**
 * Only a response from the server counts, and for "sent" it must contain the entry's id: a captive portal
 * responds 200 to everything, and a proxy may refuse in JSON too.
 */
function classify(entry: Entry, { status, headers }: Response, body: Record<string, unknown> | null): Outcome {
	const isFromServer = headers.has(ACCOUNT_HEADER);
	const receipt = body as Receipt | null;
	const namesEntry = receipt?.id === entry.id && (entry.kind !== 'message' || typeof receipt.message?.id === 'number');
	const isSuccess = status >= 200 && status < 300;
	if (isFromServer && isSuccess && receipt && namesEntry)
		return { kind: 'sent', message: receipt.message, sentence: receipt.sentence };
	const sentence = typeof body?.error === 'string' ? body.error : null;
	if (isFromServer && sentence && status === 401) return { kind: 'signed-out', sentence };
	const isPermanent = status >= 400 && status < 500 && ![408, 425, 429].includes(status);
	if (isFromServer && sentence && isPermanent) return { kind: 'refused', sentence };
	if (isSuccess || isPermanent) return { kind: 'later', sentence: CAPTIVE_PORTAL, retryAfterMs: null };
	return { kind: 'later', sentence: sentence ?? BUSY, retryAfterMs: readRetryAfter(headers, Date.now()) };
}
