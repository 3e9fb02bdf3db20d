import { CacheExpiration, ExpirationPlugin } from 'workbox-expiration';
import { NetworkFirst } from 'workbox-strategies';
import { COPY_HEADER, FLASH_HEADER } from '#lib/http/flash-header.ts';
import { findAccount, noteAccount, pagesCache } from '#lib/account/signed-in-account.ts';
import { announce } from '#lib/offline/broadcast.ts';
import { isData, pagePath } from '#lib/offline/saved-pages.ts';
import type { Account } from '#lib/outbox/indexed-db.ts';
import { markCopy, savedAtOf, showCopyTime } from './saved-at.ts';
import { accountOf, requireServer } from './server-responses.ts';

/*
 * Pages, and the data that a page asks for on the way to another. From the network first, with a
 * short patience, so that a bad network feels like none rather than dead; what comes is kept in the
 * cache of the account for which the server made it, and in no other.
 */

const PATIENCE_SECONDS = 3;
const PAGES_KEPT = 120;
/** What a page says that was not seen. */
const OFFLINE_PAGE = '/offline';
/** Pages with a form that makes no sense without a network, and what is no page. */
const NOT_KEPT = /^\/(login|register|logout|metrics|healthz|readyz|events|outbox)(\/|$)/;
/** What a page says whose form was taken into the outbox. */
export const QUEUED_PAGE = '/offline/queued';
const WRITE_PAGE = '/add_message';
/** Tells the server which part of the data is wanted. Offline all of it is: the page before may have been another. */
const PART = 'x-sveltekit-invalidated';
/** Sent with requests of the worker's own: a flash message is left for the page that shows it. */
const FOR_COPY = { [COPY_HEADER]: 'yes' };

interface Asked {
	event: ExtendableEvent;
	request: Request;
}

const expiries = new Map<string, ExpirationPlugin>();

function expiryOf(account: Account): ExpirationPlugin {
	const cacheName = pagesCache(account);
	const known = expiries.get(cacheName) ?? new ExpirationPlugin({ maxEntries: PAGES_KEPT });
	expiries.set(cacheName, known);
	return known;
}

/**
 * Removes the pages of an account, and the list of their addresses. The plugin's own method leaves what
 * was kept before the worker was last started.
 */
export async function forgetPagesOf(account: Account): Promise<void> {
	const cacheName = pagesCache(account);
	expiries.delete(cacheName);
	await caches.delete(cacheName);
	await new CacheExpiration(cacheName, { maxEntries: PAGES_KEPT }).delete();
}

function strategyOf(account: Account): NetworkFirst {
	const inFull = (request: Request) => new Request(withoutPart(request.url), { headers: request.headers });
	return new NetworkFirst({
		cacheName: pagesCache(account),
		networkTimeoutSeconds: PATIENCE_SECONDS,
		plugins: [
			{
				requestWillFetch: async ({ request }) => (request.mode === 'navigate' ? request : inFull(request)),
				cacheKeyWillBeUsed: async ({ request }) => withoutPart(request.url),
				fetchDidSucceed: async ({ request, response, event }) => {
					requireServer(response);
					// A page of the network's own is shown, so that its user can log in there. Data can only be the server's.
					if (accountOf(response) === undefined && request.mode !== 'navigate')
						throw new Error('Not an answer of the server');
					if (await learnAccount(account, response)) keepFirst(request, response, event);
					return response;
				},
				cacheWillUpdate: async ({ request, response }) => findLasting(account, request, response),
				cachedResponseWillBeUsed: async ({ cachedResponse }) => cachedResponse && markCopy(cachedResponse)
			},
			expiryOf(account)
		]
	});
}

function withoutPart(address: string): string {
	const url = new URL(address);
	url.searchParams.delete(PART);
	return url.href;
}

/** Whether a page is one that the server made for this account. */
function isFor(account: Account, response: Response): boolean {
	return response.status === 200 && accountOf(response) === account;
}

/** Whether a page may be kept for an account: it is for a visitor, or for who is still signed in when it comes. */
async function isOfReader(account: Account, response: Response): Promise<boolean> {
	return isFor(account, response) && (account === null || (await findAccount()) === account);
}

/**
 * Learns from the answer to a request who is signed in; `former` was when it was sent. The pages of
 * somebody who no longer is are removed. What waits in the outbox and drafts stay: the session may have
 * ended by itself. Resolves to whether the account has changed.
 */
async function learnAccount(former: Account, response: Response): Promise<boolean> {
	const account = accountOf(response);
	// Of two answers the later one may be the older.
	if (account === undefined || account === former || (await findAccount()) !== former) return false;
	await noteAccount(account);
	if (former !== null) await forgetPagesOf(former);
	return (await findAccount()) === account;
}

/** Keeps a page that is the first of another account. The reader does not wait for it. */
function keepFirst(request: Request, response: Response, event: ExtendableEvent): void {
	const account = accountOf(response) ?? null;
	const copy = response.clone();
	const keep = async () => {
		const lasting = await findLasting(account, request, copy);
		const cache = await caches.open(pagesCache(account));
		if (lasting) await cache.put(withoutPart(request.url), lasting);
		if (account !== null) await keepShellOf(account);
	};
	if (isFor(account, response)) event.waitUntil(keep());
}

/**
 * What is kept of an answer: nothing unless it was made for the account. An answer that says
 * something once is asked for again: the second one does not say it.
 */
async function findLasting(account: Account, request: Request, response: Response): Promise<Response | null> {
	if (!(await isOfReader(account, response))) return null;
	if (!response.headers.has(FLASH_HEADER)) return response;
	const again = await fetch(withoutPart(request.url), { headers: FOR_COPY }).catch(() => null);
	if (!again || again.redirected || again.headers.has(FLASH_HEADER)) return null;
	return (await isOfReader(account, again)) ? again : null;
}

/** Has at hand what must be there although nobody may have opened it. */
export async function keepShellOf(account: Account): Promise<void> {
	const cache = await caches.open(pagesCache(account));
	const paths = [OFFLINE_PAGE, QUEUED_PAGE, ...(account === null ? [] : [WRITE_PAGE, '/public', '/'])];
	for (const path of paths) {
		const request = new Request(path, { credentials: account === null ? 'omit' : 'same-origin', headers: FOR_COPY });
		const response = await fetch(request).catch(() => null);
		if (response && !response.redirected && (await isOfReader(account, response))) await cache.put(path, response);
	}
}

/** Whether this asks for data of a page that is kept. */
export function isPageData(url: URL): boolean {
	return isData(url) && !NOT_KEPT.test(url.pathname);
}

/** Data of a page. All pages are told whether it is a copy, and from when. */
export async function answerData({ event, request }: Asked): Promise<Response> {
	const response = await strategyOf(await findAccount()).handle({ event, request });
	const url = pagePath(new URL(withoutPart(request.url)));
	announce({ type: 'served', url, savedAt: savedAtOf(response) });
	return response;
}

/** A page: from the network, else the copy, else one that looks for its data and says what is there. */
export async function answerPage({ event, request }: Asked): Promise<Response> {
	const url = new URL(request.url);
	const account = await findAccount();
	try {
		if (NOT_KEPT.test(url.pathname) || isShare(url)) {
			const options = isShare(url) ? { signal: AbortSignal.timeout(PATIENCE_SECONDS * 1000) } : undefined;
			const response = requireServer(await fetch(request, options));
			await learnAccount(account, response);
			return response;
		}
		return await showCopyTime(await strategyOf(account).handle({ event, request }));
	} catch {
		return answerOffline(account, url);
	}
}

/** Whether another app has shared something: the page reads it from its address, and is not kept with it. */
function isShare({ pathname, search }: URL): boolean {
	return pathname === WRITE_PAGE && search !== '';
}

async function answerOffline(account: Account, url: URL): Promise<Response> {
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
