import { NewMessages } from '#lib/server/new-messages.ts';
import { closeStreams } from './event-stream.server.ts';

let hub: NewMessages | null = null;

/** What is new for all streams of this process. Throws before `startNewMessages`. */
export function newMessages(): NewMessages {
	if (!hub) throw new Error('New messages are asked for before the server has started');
	return hub;
}

/** Connects to nothing before somebody watches. Streams end as soon as the process is asked to stop. */
export function startNewMessages(url: string, onError: (error: unknown) => void): void {
	hub = new NewMessages(url, onError);
	const stop = () => {
		closeStreams();
		void hub?.close();
	};
	process.once('SIGTERM', stop);
	process.once('SIGINT', stop);
}
