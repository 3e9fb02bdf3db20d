import type { SentMessage } from '#lib/outbox/send-entry.ts';
import type { Entry } from '#lib/outbox/indexed-db.ts';

/** What the tabs and the worker of one browser tell each other. */
export type News =
	/** The outbox has changed. */
	| { type: 'outbox' }
	/** An entry has arrived at the server; the sentence says so. */
	| { type: 'sent'; entry: Entry; message: SentMessage | null; sentence: string }
	/** Somebody has signed out: nothing of that account stays. */
	| { type: 'signed-out'; account: number }
	/** What the worker answered a page's request for data with: null for the network, else the time of the copy. */
	| { type: 'served'; url: string; savedAt: string | null };

const NAME = 'minitwit';

let channel: BroadcastChannel | null = null;
const listeners = new Set<(news: News) => void>();

function open(): BroadcastChannel {
	if (channel) return channel;
	channel = new BroadcastChannel(NAME);
	channel.onmessage = (event: MessageEvent<News>) => listeners.forEach((listener) => listener(event.data));
	return channel;
}

/** Tells it to every tab, this one included, and to the worker. */
export function announce(news: News): void {
	open().postMessage(news);
	listeners.forEach((listener) => listener(news));
}

/** Calls back for all news, until the returned function is called. */
export function listen(listener: (news: News) => void): () => void {
	open();
	listeners.add(listener);
	return () => listeners.delete(listener);
}
