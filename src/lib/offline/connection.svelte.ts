import { onBroadcast } from './broadcast.ts';
import { sendNow } from '#lib/outbox/outbox-state.svelte.ts';
import { tellWorker } from './worker-message.ts';

/** When the copy shown at an address was saved, by path and query; null if the page came from the network. */
let copyTimes = $state.raw<ReadonlyMap<string, string | null>>(new Map());
let isOnline = $state(true);

/** Returns when the copy shown at `url` was saved, in the format of `Date.toISOString`; null if the page is fresh. */
export function savedAt(url: URL): string | null {
	return copyTimes.get(url.pathname + url.search) ?? null;
}

/** Returns whether the browser has no network. It stays false when only the server is unreachable. */
export function isOffline(): boolean {
	return !isOnline;
}

/**
 * Tracks the network and where pages come from, and sends the outbox when the server responds. Returns a
 * function that stops it.
 */
export function watchConnection(): () => void {
	const { savedAt: copyTime } = document.documentElement.dataset;
	if (copyTime) copyTimes = new Map([...copyTimes, [location.pathname + location.search, copyTime]]);
	const update = () => {
		isOnline = navigator.onLine;
		if (isOnline) tellWorker('check-copies');
	};
	update();
	window.addEventListener('online', update);
	window.addEventListener('offline', update);
	const stopListening = onBroadcast((event) => {
		if (event.type !== 'served') return;
		copyTimes = new Map([...copyTimes, [event.url, event.savedAt]]);
		if (event.savedAt === null) sendNow();
	});
	return () => {
		stopListening();
		window.removeEventListener('online', update);
		window.removeEventListener('offline', update);
	};
}
