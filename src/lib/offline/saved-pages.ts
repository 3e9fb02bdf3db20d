import { pagesCache } from '#lib/account/signed-in-account.ts';
import type { Account } from '#lib/outbox/indexed-db.ts';

/** How SvelteKit asks for the data of a page. */
const DATA = /(?:\/|(\.html))__data\.json$/;
/** Pages of our own making, which are no timelines to read. */
const SHELL = /^\/(offline|add_message)(\/|$)/;

/** The address of the data of a page. */
export function dataPath({ pathname, search }: URL): string {
	const page = pathname.endsWith('.html') ? pathname : `${pathname.replace(/\/$/, '')}/`;
	return `${page}__data.json${search}`;
}

/** The address of the page that data belongs to. */
export function pagePath({ pathname, search }: URL): string {
	return (pathname.replace(DATA, '$1') || '/') + search;
}

/** Whether an address is of data. */
export function isData({ pathname }: URL): boolean {
	return DATA.test(pathname);
}

/** Whether the data of a page is at hand for an account. */
export async function hasCopyOf(account: Account, path: string): Promise<boolean> {
	const cache = await caches.open(pagesCache(account));
	return (await cache.match(dataPath(new URL(path, location.origin)))) !== undefined;
}

/** The newest pages of all timelines and lists at hand for an account, by their addresses. */
export async function listCopies(account: Account): Promise<string[]> {
	const cache = await caches.open(pagesCache(account));
	const addresses = (await cache.keys()).map(({ url }) => new URL(url));
	const paths = addresses
		.filter(({ search }) => search === '')
		.map((url) => (isData(url) ? pagePath(url) : url.pathname));
	return [...new Set(paths)].filter((path) => !SHELL.test(path)).sort();
}
