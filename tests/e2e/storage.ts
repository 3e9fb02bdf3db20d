import type { Page } from '@playwright/test';

/** Resolves to all that the browser stores for a page's origin and tab, as one text: storages, databases and pages. */
export function textOfStorage(page: Page): Promise<string> {
	return page.evaluate(async () => {
		const settled = <T>(request: IDBRequest<T>) =>
			new Promise<T>((resolve, reject) => {
				request.onsuccess = () => resolve(request.result);
				request.onerror = () => reject(request.error);
			});
		const found: unknown[] = [{ ...sessionStorage }, { ...localStorage }];
		for (const { name = '' } of await indexedDB.databases()) {
			const database = await settled(indexedDB.open(name));
			for (const store of database.objectStoreNames)
				found.push(name, store, await settled(database.transaction(store).objectStore(store).getAll()));
			database.close();
		}
		for (const name of await caches.keys()) {
			// Other caches hold code and icons.
			if (!name.startsWith('pages-')) continue;
			const cache = await caches.open(name);
			for (const request of await cache.keys())
				found.push(name, request.url, await (await cache.match(request))?.text());
		}
		return JSON.stringify(found);
	});
}
