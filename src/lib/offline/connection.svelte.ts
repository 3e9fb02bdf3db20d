import { SvelteMap } from 'svelte/reactivity';
import { listen } from './broadcast.ts';
import { sendNow } from '#lib/outbox/outbox-state.svelte.ts';

/** Copies that pages of this tab were drawn from: when each was made, by path and query. */
const copies = new SvelteMap<string, string | null>();
let isOnline = $state(true);

/** When the copy of this page was made that is shown, as in `Date.toISOString`; null when it is fresh. */
export function savedAt(url: URL): string | null {
	return copies.get(url.pathname + url.search) ?? null;
}

/** Whether the browser knows that there is no network. It does not know of a server that is away. */
export function isOffline(): boolean {
	return !isOnline;
}

/** Watches where pages come from; the returned function ends it. An answer of the server has the outbox sent. */
export function watchConnection(): () => void {
	const { savedAt: copyTime } = document.documentElement.dataset;
	if (copyTime) copies.set(location.pathname + location.search, copyTime);
	const update = () => (isOnline = navigator.onLine);
	update();
	window.addEventListener('online', update);
	window.addEventListener('offline', update);
	const stopListening = listen((news) => {
		if (news.type !== 'served') return;
		copies.set(news.url, news.savedAt);
		if (news.savedAt === null) sendNow();
	});
	return () => {
		stopListening();
		window.removeEventListener('online', update);
		window.removeEventListener('offline', update);
	};
}
