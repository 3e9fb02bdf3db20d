import { findAccount, pagesCache } from '#lib/account/signed-in-account.ts';
import { isDataUrl, pagePath } from '#lib/offline/saved-pages.ts';
import type { Account } from '#lib/outbox/indexed-db.ts';
import { KEPT_PAGES, cachePage, deleteCopies } from './page-cache.ts';
import { fetchInBackground } from './server-responses.ts';

/* Copies of pages lose messages that were deleted or flagged, also if nobody opens these pages while there is a network. */

declare const self: ServiceWorkerGlobalScope;

const SPREAD_MS = 10_000;
const RETRY_DELAYS_MS = [0, 1_000, 3_000, 9_000];

/** In a page, a link to a message, /NAME/ID, or the mark of somebody's last line. */
const MESSAGE_MARK = /(?:href="[^"]*\/[^"/]+\/|data-message=")(\d+)"/g;

/** The data of a page as SvelteKit sends it: values refer to each other by their index. */
interface PageData {
	nodes?: ({ data?: unknown[] } | null)[];
}

/**
 * Deletes the copies of pages with one of these messages. Those that are open or must work offline are replaced within
 * `spreadMs`, so that not all browsers ask at once.
 */
export async function deleteCopiesWith(removed: number[], spreadMs = SPREAD_MS): Promise<void> {
	if (removed.length === 0) return;
	const gone = new Set(removed);
	const account = await findAccount();
	const outdated = [...(await readCopies(account))]
		.filter(([, ids]) => ids.some((id) => gone.has(id)))
		.map(([url]) => url);
	const windows = await self.clients.matchAll({ type: 'window' });
	const kept = [...KEPT_PAGES.map((path) => location.origin + path), ...windows.map(({ url }) => url)];
	const isKept = (url: string) => kept.includes(pageOf(url));
	for (const url of outdated.filter((url) => !isKept(url))) await deleteCopies(account, url);
	if (!outdated.some(isKept)) return;
	await new Promise((resolve) => setTimeout(resolve, Math.random() * spreadMs));
	for (const url of outdated.filter(isKept)) {
		const isReplaced = await cachePage(account, url).catch(() => false);
		if (!isReplaced) await deleteCopies(account, url);
	}
}

function pageOf(address: string): string {
	const url = new URL(address);
	return url.origin + pagePath(url);
}

/**
 * Asks the server which messages in the copies were deleted or flagged, and deletes these copies. If it does not answer,
 * the next start asks again.
 */
export async function checkCopies(): Promise<void> {
	const ids = [...(await readCopies(await findAccount())).values()].flat().sort((one, other) => one - other);
	if (ids.length === 0) return;
	const range = `oldest=${ids[0]}&after=${ids.at(-1)}`;
	const options = { headers: { accept: 'application/json' } };
	// The network may be back a little later than the page believes.
	for (const delayMs of RETRY_DELAYS_MS) {
		await new Promise((resolve) => setTimeout(resolve, delayMs));
		const response = await fetchInBackground(`/events?timeline=public&${range}`, options).catch(() => null);
		const changes = response?.ok ? ((await response.json().catch(() => null)) as { removed: number[] } | null) : null;
		if (changes) return deleteCopiesWith(changes.removed, 0);
	}
}

/** Resolves to the ids of the messages in each copy, by the address of the page or its data. */
async function readCopies(account: Account): Promise<Map<string, number[]>> {
	const cache = await caches.open(pagesCache(account));
	const found = new Map<string, number[]>();
	for (const { url } of await cache.keys()) {
		const text = (await (await cache.match(url))?.text()) ?? '';
		found.set(url, isDataUrl(new URL(url)) ? idsInData(text) : idsInPage(text));
	}
	return found;
}

function idsInPage(html: string): number[] {
	return Array.from(html.matchAll(MESSAGE_MARK), ([, id]) => Number(id));
}

function idsInData(lines: string): number[] {
	const nodes = lines.split('\n').flatMap((line) => (line === '' ? [] : ((JSON.parse(line) as PageData).nodes ?? [])));
	return nodes.flatMap((node) => {
		const values = node?.data ?? [];
		return values
			.flatMap(idsInValue)
			.map((index) => Number(values[index]))
			.filter((id) => id > 0);
	});
}

/** Returns the index of a message's id, also in somebody's last line. */
function idsInValue(value: unknown): number[] {
	if (typeof value !== 'object' || value === null) return [];
	if ('last_message' in value) return [Number(value.last_message)];
	return 'id' in value && 'text' in value && 'posted_at' in value ? [Number(value.id)] : [];
}
