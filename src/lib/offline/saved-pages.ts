import { pagesCache } from '#lib/account/signed-in-account.ts';
import type { Account } from '#lib/outbox/indexed-db.ts';

/** The end of an address under which SvelteKit requests the data of a page. */
const DATA_SUFFIX = /(?:\/|(\.html))__data\.json$/;
/** Cached pages that work offline but have nothing to read. */
const SHELL_PAGE = /^\/(offline|add_message)(\/|$)/;

/** Returns the address of a page's data. */
export function dataPath({ pathname, search }: URL): string {
	const page = pathname.endsWith('.html') ? pathname : `${pathname.replace(/\/$/, '')}/`;
	return `${page}__data.json${search}`;
}

/** Returns the address of the page that an address of data belongs to. */
export function pagePath({ pathname, search }: URL): string {
	return (pathname.replace(DATA_SUFFIX, '$1') || '/') + search;
}

/** Returns whether an address is that of a page's data. */
export function isDataUrl({ pathname }: URL): boolean {
	return DATA_SUFFIX.test(pathname);
}

/** Returns whether the data of a page is saved for an account. */
export async function isPageSaved(account: Account, path: string): Promise<boolean> {
	const cache = await caches.open(pagesCache(account));
	return (await cache.match(dataPath(new URL(path, location.origin)))) !== undefined;
}

/** Returns the paths of the timelines and lists saved for an account, sorted, without their older pages. */
export async function listSavedPages(account: Account): Promise<string[]> {
	const cache = await caches.open(pagesCache(account));
	const addresses = (await cache.keys()).map(({ url }) => new URL(url));
	const paths = addresses
		.filter(({ search }) => search === '')
		.map((url) => (isDataUrl(url) ? pagePath(url) : url.pathname));
	return [...new Set(paths)].filter((path) => !SHELL_PAGE.test(path)).sort();
}
