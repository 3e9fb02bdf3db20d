import { NewMessages } from '#lib/server/messages/new-message-listener.ts';
import { SESSIONS_CHANNEL } from '#lib/server/accounts/sessions.ts';
import { closeEndedStreams, closeStreams } from './event-stream.server.ts';

/** For sessions that end by themselves, and for notices that were lost. */
const SESSION_CHECK_INTERVAL_MS = 25_000;
/** Log-outs that come together cause one check. */
const SESSION_CHECK_DELAY_MS = 200;

let hub: NewMessages | null = null;

/** What is new for all streams of this process. Throws before `startNewMessages`. */
export function newMessages(): NewMessages {
	if (!hub) throw new Error('New messages are asked for before the server has started');
	return hub;
}

/** Connects to nothing before somebody watches. Streams end as soon as the process is asked to stop. */
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
	hub = new NewMessages(url, onError, new Map([[SESSIONS_CHANNEL, checkSoon]]));
	const stop = () => {
		closeStreams();
		void hub?.close();
	};
	process.once('SIGTERM', stop);
	process.once('SIGINT', stop);
}
