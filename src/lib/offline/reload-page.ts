import { invalidateAll } from '$app/navigation';
import { navigating, page } from '$app/state';
import { COPY_HEADER } from '#lib/http/flash-header.ts';
import { SAVED_AT_HEADER } from './saved-at-header.ts';
import { dataPath } from './saved-pages.ts';

/**
 * Returns whether the service worker gets a page from the server now, or that there is no such page. It may learn later
 * than the page of a network.
 */
export async function isServed(url: URL): Promise<boolean> {
	const response = await fetch(dataPath(url), { headers: { [COPY_HEADER]: 'yes' } }).catch(() => null);
	return response !== null && response.status < 500 && !response.headers.has(SAVED_AT_HEADER);
}

/**
 * Loads the data of the shown page again, after navigations in progress, which SvelteKit would cancel. Returns whether the
 * page is up to date now: without a network it stays as it is, where SvelteKit would load the document, and with it an
 * older copy. The first request saves a copy for the second one.
 */
export async function reloadPage(): Promise<boolean> {
	let awaited: Promise<void> | null;
	do {
		awaited = navigating.complete;
		await awaited?.catch(() => undefined);
		if (!(await isServed(page.url))) return false;
		// SvelteKit keeps a navigation that was cancelled.
	} while (navigating.complete && navigating.complete !== awaited);
	await invalidateAll();
	return true;
}
