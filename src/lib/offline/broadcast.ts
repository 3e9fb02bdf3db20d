import type { SentMessage } from '#lib/outbox/send-entry.ts';
import type { Entry } from '#lib/outbox/indexed-db.ts';

/** An event that the tabs and the service worker of one browser send to each other. */
export type BroadcastEvent =
	/** The outbox has changed. */
	| { type: 'outbox' }
	/** The server has accepted an entry; `sentence` is its confirmation. */
	| { type: 'sent'; entry: Entry; message: SentMessage | null; sentence: string }
	/** An account has signed out: every tab deletes its data. */
	| { type: 'signed-out'; account: number }
	/**
	 * The worker has answered a request for page data: `savedAt` is null if from the network, else the time of
	 * the copy.
	 */
	| { type: 'served'; url: string; savedAt: string | null };

const NAME = 'minitwit';

let channel: BroadcastChannel | null = null;
const listeners = new Set<(event: BroadcastEvent) => void>();

function open(): BroadcastChannel {
	if (channel) return channel;
	channel = new BroadcastChannel(NAME);
	channel.onmessage = ({ data }: MessageEvent<BroadcastEvent>) => listeners.forEach((listener) => listener(data));
	return channel;
}

/** Sends an event to all tabs, including this one, and to the worker. */
export function broadcast(event: BroadcastEvent): void {
	open().postMessage(event);
	listeners.forEach((listener) => listener(event));
}

/** Calls `listener` for every event. Returns a function that removes the listener. */
export function onBroadcast(listener: (event: BroadcastEvent) => void): () => void {
	open();
	listeners.add(listener);
	return () => listeners.delete(listener);
}
