import { NewMessages } from '#lib/server/messages/new-message-listener.ts';
import { REMOVED_CHANNEL, listNewestRemovedIds } from '#lib/server/messages/removed-messages.ts';
import { SESSIONS_CHANNEL } from '#lib/server/accounts/sessions.ts';
import { closeEndedStreams, closeStreams } from './event-stream.server.ts';

/** Catches sessions that expire, and lost notifications. */
const SESSION_CHECK_INTERVAL_MS = 25_000;
/** Batches log-outs that happen together into one check. */
const SESSION_CHECK_DELAY_MS = 200;

let hub: NewMessages | null = null;
const removalListeners = new Set<(ids: number[]) => void>();

/** The new-message listener of this process. Throws before `startNewMessages`. */
export function newMessages(): NewMessages {
	if (!hub) throw new Error('startNewMessages must be called before new messages are read');
	return hub;
}

/** Calls `listener` with the ids of messages as they are deleted or flagged. Returns a function that stops it. */
export function onRemovedMessages(listener: (ids: number[]) => void): () => void {
	removalListeners.add(listener);
	return () => removalListeners.delete(listener);
}

/**
 * Sets up the listener, which connects at the first subscription. Streams close as soon as the process is asked
 * to stop.
 */
export function startNewMessages(url: string, onError: (error: unknown) => void): void {
	const checkSessions = () => void closeEndedStreams().catch(onError);
	let soon: NodeJS.Timeout | undefined;
	const checkSoon = () => {
		soon ??= setTimeout(() => {
			soon = undefined;
			checkSessions();
		}, SESSION_CHECK_DELAY_MS).unref();
	};
	setInterval(checkSessions, SESSION_CHECK_INTERVAL_MS).unref();
	const announceRemoved = (ids: number[]) => {
		if (ids.length > 0) removalListeners.forEach((listener) => listener(ids));
	};
	hub = new NewMessages(
		url,
		onError,
		new Map([
			[SESSIONS_CHANNEL, { onNotified: checkSoon, onListening: checkSoon }],
			[
				REMOVED_CHANNEL,
				{
					onNotified: (payload: string) => announceRemoved(JSON.parse(payload) as number[]),
					onListening: () => void listNewestRemovedIds().then(announceRemoved).catch(onError)
				}
			]
		])
	);
	const stop = () => {
		closeStreams();
		void hub?.close();
	};
	process.once('SIGTERM', stop);
	process.once('SIGINT', stop);
}
