import { ACCOUNT_HEADER } from '#lib/http/account-header.ts';
import type { Entry } from './indexed-db.ts';
import { readRetryAfter } from './retry-after.ts';

/** A message as the server names it once it has it. */
export interface SentMessage {
	id: number;
	author_name: string;
	text: string;
	/** As in `Date.toISOString`. */
	posted_at: string;
	links: { start: number; end: number; href: string }[];
}

/** What an attempt to send an entry came to. */
export type Outcome =
	| { kind: 'sent'; message: SentMessage | null; sentence: string }
	/** The server wants nothing to do with it; the text is kept, with the server's sentence. */
	| { kind: 'refused'; sentence: string }
	/** Nobody, or somebody else, is signed in. */
	| { kind: 'signed-out'; sentence: string }
	/** No answer, or none of ours: to be tried again. */
	| { kind: 'later'; sentence: string; retryAfterMs: number | null };

/** The server's answer to an entry that it has taken. */
interface Receipt {
	/** The entry's own id. */
	id: string;
	message: SentMessage | null;
	sentence: string;
}

const TIMEOUT_MS = 15_000;
const NO_ANSWER = "can't reach MiniTwit";
const BUSY = 'MiniTwit is busy';
const NOT_OURS = 'this network may want you to sign in first';

/** Sends one entry. Never rejects: whatever happens is an outcome. */
export async function sendEntry(entry: Entry, send: typeof fetch = fetch): Promise<Outcome> {
	const { id, owner, kind } = entry;
	const content = kind === 'message' ? { text: entry.text } : { name: entry.name };
	try {
		const response = await send('/outbox', {
			method: 'POST',
			headers: { 'content-type': 'application/json', accept: 'application/json' },
			body: JSON.stringify({ id, owner, kind, ...content }),
			// The way to log in of a hotel's network is not ours.
			redirect: 'error',
			cache: 'no-store',
			signal: AbortSignal.timeout(TIMEOUT_MS)
		});
		return judge(entry, response, await readJson(response));
	} catch {
		return { kind: 'later', sentence: NO_ANSWER, retryAfterMs: null };
	}
}

/** Null for anything but JSON. Rejects when the body was cut off. */
async function readJson(response: Response): Promise<Record<string, unknown> | null> {
	const text = await response.text();
	if (!response.headers.get('content-type')?.startsWith('application/json')) return null;
	const value: unknown = JSON.parse(text);
	return typeof value === 'object' ? (value as Record<string, unknown>) : null;
}

/**
 * Only an answer that comes from the server counts, and for "sent" it has to name the entry: a captive
 * portal says 200 to everything, and a proxy may refuse in JSON too.
 */
function judge(entry: Entry, { status, headers }: Response, body: Record<string, unknown> | null): Outcome {
	const isOurs = headers.has(ACCOUNT_HEADER);
	const receipt = body as Receipt | null;
	const isNamed = receipt?.id === entry.id && (entry.kind !== 'message' || typeof receipt.message?.id === 'number');
	const isSuccess = status >= 200 && status < 300;
	if (isOurs && isSuccess && receipt && isNamed)
		return { kind: 'sent', message: receipt.message, sentence: receipt.sentence };
	const sentence = typeof body?.error === 'string' ? body.error : null;
	if (isOurs && sentence && status === 401) return { kind: 'signed-out', sentence };
	const isForGood = status >= 400 && status < 500 && ![408, 425, 429].includes(status);
	if (isOurs && sentence && isForGood) return { kind: 'refused', sentence };
	if (isSuccess || isForGood) return { kind: 'later', sentence: NOT_OURS, retryAfterMs: null };
	return { kind: 'later', sentence: sentence ?? BUSY, retryAfterMs: readRetryAfter(headers, Date.now()) };
}
