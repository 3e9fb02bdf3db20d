import { PrecacheRoute } from 'workbox-precaching';
import { registerRoute } from 'workbox-routing';
import { answerLogOut, answerPost } from './form-posts.ts';
import { answerData, answerPage, isPageData, keepShellOf } from './page-cache.ts';
import { answerFromPreviousBuild, isOfBuild, keepPreviousBuild, shell } from './precache.ts';
import { sendOnSync } from './send-on-sync.ts';

/*
 * The service worker: it has the shell at hand, keeps the pages that were seen, and is one of the
 * outbox's alarm clocks. What it does is in the files beside this one and in lib/offline.
 */

declare const self: ServiceWorkerGlobalScope;

self.addEventListener('install', (event) => {
	void shell.install(event);
	event.waitUntil(keepShellOf(null));
});
self.addEventListener('activate', (event) => {
	event.waitUntil(keepPreviousBuild().then(() => shell.activate(event)));
	event.waitUntil(self.clients.claim());
});
// A new version waits until somebody asks for it.
self.addEventListener('message', (event) => {
	if (event.data === 'take-over') void self.skipWaiting();
});
self.addEventListener('sync', (event) => sendOnSync(event as ExtendableEvent));

registerRoute(new PrecacheRoute(shell));
registerRoute(({ url, sameOrigin }) => sameOrigin && isOfBuild(url), answerFromPreviousBuild);
registerRoute(({ url, sameOrigin }) => sameOrigin && isPageData(url), answerData);
registerRoute(({ request, sameOrigin }) => sameOrigin && request.mode === 'navigate', answerPage);
registerRoute(({ url, sameOrigin }) => sameOrigin && url.pathname === '/logout', answerLogOut, 'POST');
registerRoute(
	({ url, request, sameOrigin }) => sameOrigin && url.pathname === '/add_message' && request.mode === 'navigate',
	answerPost,
	'POST'
);
