import { PrecacheRoute } from 'workbox-precaching';
import { registerRoute } from 'workbox-routing';
import type { WorkerMessage } from '#lib/offline/worker-message.ts';
import { handleLogOut, handleMessagePost } from './form-posts.ts';
import { handleData, handlePage, isPageData, cacheOfflinePages } from './page-cache.ts';
import { handleBuiltFile, isBuiltFile, keepPreviousBuild, precache } from './precache.ts';
import { checkCopies, deleteCopiesWith } from './removed-messages.ts';
import { sendOnSync } from './send-on-sync.ts';

/*
 * The service worker precaches the app, caches visited pages and is one of the outbox's retry triggers. The
 * files beside this one implement it, with lib/account, lib/offline and lib/outbox.
 */

declare const self: ServiceWorkerGlobalScope;

self.addEventListener('install', (event) => {
	void precache.install(event);
	// However long it takes: a worker that is being installed holds nothing up.
	event.waitUntil(cacheOfflinePages(null, fetch));
});
self.addEventListener('activate', (event) => {
	event.waitUntil(keepPreviousBuild().then(() => precache.activate(event)));
	event.waitUntil(self.clients.claim());
});
// A new version waits until the user asks for it.
self.addEventListener('message', (event) => {
	const message = event.data as WorkerMessage;
	if (message === 'take-over') void self.skipWaiting();
	else event.waitUntil(message === 'check-copies' ? checkCopies() : deleteCopiesWith(message.removed));
});
self.addEventListener('sync', (event) => sendOnSync(event as ExtendableEvent));

registerRoute(new PrecacheRoute(precache));
registerRoute(({ url, sameOrigin }) => sameOrigin && isBuiltFile(url), handleBuiltFile);
registerRoute(({ url, sameOrigin }) => sameOrigin && isPageData(url), handleData);
registerRoute(({ request, sameOrigin }) => sameOrigin && request.mode === 'navigate', handlePage);
registerRoute(
	({ url, sameOrigin }) => sameOrigin && ['/logout', '/settings/close'].includes(url.pathname),
	handleLogOut,
	'POST'
);
registerRoute(
	({ url, request, sameOrigin }) => sameOrigin && url.pathname === '/add_message' && request.mode === 'navigate',
	handleMessagePost,
	'POST'
);
