import { CacheExpiration, ExpirationPlugin } from 'workbox-expiration';
import { NetworkFirst } from 'workbox-strategies';
import { COPY_HEADER, FLASH_HEADER } from '#lib/http/flash-header.ts';
import { findAccount, pagesCache, saveAccount } from '#lib/account/signed-in-account.ts';
import { broadcast } from '#lib/offline/broadcast.ts';
import { dataPath, isDataUrl, pagePath } from '#lib/offline/saved-pages.ts';
import type { Account } from '#lib/outbox/indexed-db.ts';
import { markCopy, savedAtOf, showCopyTime } from './saved-at.ts';
import { accountOf, fetchInBackground, requireServer } from './server-responses.ts';

/*
 * Pages, and the data that the app loads when it navigates. They come from the network first, with a short
 * timeout, so that a bad network behaves like none instead of hanging. A response is cached only for the
 * account that the server created it for.
 */

const NETWORK_TIMEOUT_SECONDS = 3;
const MAX_CACHED_PAGES = 120;
/** Shown in place of a page that isn't saved. */
const OFFLINE_PAGE = '/offline';
/** Pages whose form needs a network or whose address is secret, and addresses that aren't pages. */
const NOT_CACHED =
	/^\/(login|register|logout|settings|forgot|reset|moderation|metrics|healthz|readyz|events|outbox)(\/|$)|\/\d+\/(delete|report)(\/|$)/;
/** Shown after the worker has added a form's message to the outbox. */
export const QUEUED_PAGE = '/offline/queued';
const WRITE_PAGE = '/add_message';
/** Timelines that work offline in any case, for those who have signed in. */
export const KEPT_PAGES = ['/public', '/'];
/**
 * Tells the server which data is outdated. It is removed to cache all data, because offline the previous
 * page may differ.
 */
const INTERNAL_PARAMETERS = ['x-sveltekit-invalidated', 'x-sveltekit-trailing-slash'];
/** The headers of requests that only fill the cache; the server keeps the flash message for the page that shows it. */
const COPY_HEADERS = { [COPY_HEADER]: 'yes' };

interface FetchContext {
	event: ExtendableEvent;
	request: Request;
}

const expirations = new Map<string, ExpirationPlugin>();

function expirationOf(account: Account): ExpirationPlugin {
	const cacheName = pagesCache(account);
	const known = expirations.get(cacheName) ?? new ExpirationPlugin({ maxEntries: MAX_CACHED_PAGES });
	expirations.set(cacheName, known);
	return known;
}

/**
 * Deletes an account's cached pages and the expiry records of their addresses. The plugin's own method skips
 * caches that were filled before the worker last started.
 */
export async function deletePagesOf(account: Account): Promise<void> {
	const cacheName = pagesCache(account);
	expirations.delete(cacheName);
	await caches.delete(cacheName);
	await new CacheExpiration(cacheName, { maxEntries: MAX_CACHED_PAGES }).delete();
}

function strategyOf(account: Account): NetworkFirst {
	const withAllData = (request: Request) => new Request(withoutInternal(request.url), { headers: request.headers });
	return new NetworkFirst({
		cacheName: pagesCache(account),
		networkTimeoutSeconds: NETWORK_TIMEOUT_SECONDS,
		plugins: [
			{
				requestWillFetch: async ({ request }) => (request.mode === 'navigate' ? request : withAllData(request)),
				cacheKeyWillBeUsed: async ({ request }) => withoutInternal(request.url),
				fetchDidSucceed: async ({ request, response, event }) => {
					requireServer(response);
					// A captive portal's page is shown, so that the user can log in there; data must come from the server.
					if (accountOf(response) === undefined && request.mode !== 'navigate')
						throw new Error('Not a response from the server');
					if (await updateAccount(account, response)) cacheFirstPage(request, response, event);
					else if (isGone(account, response)) await deleteCopies(account, request.url);
					return response;
				},
				cacheWillUpdate: async ({ request, response }) => findCacheable(account, request, response),
				cachedResponseWillBeUsed: async ({ cachedResponse }) => cachedResponse && markCopy(cachedResponse)
			},
			expirationOf(account)
		]
	});
}

/** Returns whether the server has said, to this account, that a page is not there or was deleted. */
function isGone(account: Account, response: Response): boolean {
	return [404, 410].includes(response.status) && accountOf(response) === account;
}

/** Deletes the copies of a page and of its data, given the address of one of them. */
export async function deleteCopies(account: Account, address: string): Promise<void> {
	const cache = await caches.open(pagesCache(account));
	const url = new URL(withoutInternal(address));
	const page = new URL(pagePath(url), url);
	for (const copy of [page.href, dataPath(page)]) await cache.delete(copy);
}

function withoutInternal(address: string): string {
	const url = new URL(address);
	for (const name of INTERNAL_PARAMETERS) url.searchParams.delete(name);
	return url.href;
}

/** Returns whether the server created a page for this account. */
function isFor(account: Account, response: Response): boolean {
	return response.status === 200 && accountOf(response) === account;
}

/** Returns whether a page may be cached for an account: it is a visitor's, or the account is still signed in. */
async function isStillFor(account: Account, response: Response): Promise<boolean> {
	return isFor(account, response) && (account === null || (await findAccount()) === account);
}

/**
 * Saves who is signed in according to a response; `previous` was signed in when the request was sent. If that
 * account no longer is, its pages are deleted. Its outbox and draft stay, because the session may have
 * expired. Returns whether the account has changed.
 */
async function updateAccount(previous: Account, response: Response): Promise<boolean> {
	const account = accountOf(response);
	// Responses may arrive out of order: a late one must not undo a change.
	if (account === undefined || account === previous || (await findAccount()) !== previous) return false;
	await saveAccount(account);
	if (previous !== null) await deletePagesOf(previous);
	return (await findAccount()) === account;
}

/** Caches the first page of a newly signed-in account, without delaying the response. */
function cacheFirstPage(request: Request, response: Response, event: ExtendableEvent): void {
	const account = accountOf(response) ?? null;
	const copy = response.clone();
	const store = async () => {
		const cacheable = await findCacheable(account, request, copy);
		const cache = await caches.open(pagesCache(account));
		if (cacheable) await cache.put(withoutInternal(request.url), cacheable);
		if (account !== null) await cacheOfflinePages(account);
	};
	if (isFor(account, response)) event.waitUntil(store());
}

/**
 * Returns the response to cache for an account, or null. A response with a flash message is fetched again,
 * because the second one doesn't contain the message.
 */
async function findCacheable(account: Account, request: Request, response: Response): Promise<Response | null> {
	if (!(await isStillFor(account, response))) return null;
	if (!response.headers.has(FLASH_HEADER)) return response;
	const again = await fetchInBackground(withoutInternal(request.url), { headers: COPY_HEADERS }).catch(() => null);
	if (!again || again.redirected || again.headers.has(FLASH_HEADER)) return null;
	return (await isStillFor(account, again)) ? again : null;
}

/** Caches the pages that must work offline even if they were never opened. */
export async function cacheOfflinePages(account: Account, send = fetchInBackground): Promise<void> {
	const paths = [OFFLINE_PAGE, QUEUED_PAGE, ...(account === null ? [] : [WRITE_PAGE, ...KEPT_PAGES])];
	for (const path of paths) await cachePage(account, path, send);
}

/** Caches a page, or its data, anew. Resolves to whether the server has sent it. */
export async function cachePage(account: Account, address: string, send = fetchInBackground): Promise<boolean> {
	const credentials = account === null ? 'omit' : 'same-origin';
	const response = await send(address, { credentials, headers: COPY_HEADERS }).catch(() => null);
	if (!response || response.redirected || !(await isStillFor(account, response))) return false;
	await (await caches.open(pagesCache(account))).put(address, response);
	return true;
}

/** Returns whether an address is that of the data of a page that may be cached. */
export function isPageData(url: URL): boolean {
	return isDataUrl(url) && !NOT_CACHED.test(url.pathname);
}

/**
 * Responds with the data of a page, and broadcasts whether it is a copy and when that was created. A request for a copy
 * gets its response once that is saved.
 */
export async function handleData({ event, request }: FetchContext): Promise<Response> {
	const [responded, saved] = strategyOf(await findAccount()).handleAll({ event, request });
	const response = await responded;
	// A copy that can't be saved, for example because the storage is full, doesn't cost the response.
	if (request.headers.has(COPY_HEADER)) await saved.catch(() => undefined);
	const url = pagePath(new URL(withoutInternal(request.url)));
	broadcast({ type: 'served', url, savedAt: savedAtOf(response) });
	return response;
}

/**
 * Responds with a page from the network, else its copy, else the offline page, which shows the page's saved
 * data or lists the saved pages.
 */
export async function handlePage({ event, request }: FetchContext): Promise<Response> {
	const url = new URL(request.url);
	const account = await findAccount();
	try {
		if (NOT_CACHED.test(url.pathname) || isShare(url)) {
			const options = isShare(url) ? { signal: AbortSignal.timeout(NETWORK_TIMEOUT_SECONDS * 1000) } : undefined;
			const response = requireServer(await fetch(request, options));
			await updateAccount(account, response);
			return response;
		}
		return await showCopyTime(await strategyOf(account).handle({ event, request }));
	} catch {
		return offlineResponse(account, url);
	}
}

/**
 * Returns whether another app shares a text. The page reads it from its address, so it isn't cached under
 * that address.
 */
function isShare({ pathname, search }: URL): boolean {
	return pathname === WRITE_PAGE && search !== '';
}

async function offlineResponse(account: Account, url: URL): Promise<Response> {
	const page = await findShell(account, url);
	if (page) return showCopyTime(markCopy(page));
	if (url.pathname === OFFLINE_PAGE) return Response.error();
	return Response.redirect(`${OFFLINE_PAGE}?to=${encodeURIComponent(url.pathname + url.search)}`);
}

async function findShell(account: Account, url: URL): Promise<Response | undefined> {
	const cache = await caches.open(pagesCache(account));
	if (isShare(url)) return account === null ? undefined : cache.match(WRITE_PAGE);
	if (![OFFLINE_PAGE, QUEUED_PAGE].includes(url.pathname)) return undefined;
	return (await cache.match(url.pathname)) ?? caches.match(url.pathname, { cacheName: pagesCache(null) });
}
