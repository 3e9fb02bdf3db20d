import type { Page } from '@playwright/test';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { type Person, test as base, expect } from './fixtures.ts';
import type { WebServer } from './web-server.ts';
import { textsOf } from './texts.ts';

export { textsOf };

/* A person who writes over a network that does what networks do. */

export const test = base.extend<{ network: FaultProxy }>({
	network: async ({ webServer }, use) => {
		const proxy = await startFaultProxy(webServer.origin);
		await use(proxy);
		await proxy.close();
	},
	baseURL: ({ network }, use) => use(network.origin)
});

/** Opens my timeline, with the worker in charge of it. */
export async function open(page: Page): Promise<void> {
	await page.goto('/');
	await page.evaluate(() => navigator.serviceWorker.ready);
	await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
	// The worker has taken over after the page was loaded: from now on it sees each request.
	await page.reload();
}

/** Waits until the worker has a page at hand. */
export async function untilKept(page: Page, path: string): Promise<void> {
	const isKept = (address: string) => page.evaluate(async (url) => (await caches.match(url)) !== undefined, address);
	await expect.poll(() => isKept(path)).toBe(true);
}

export async function write(page: Page, text: string): Promise<void> {
	const textbox = page.getByRole('textbox');
	await textbox.fill(text);
	// Before the scripts are there the keys mean nothing, and afterwards nothing more than once.
	await expect(async () => {
		await textbox.press('Control+Enter');
		await expect(textbox).toHaveValue('', { timeout: 1_000 });
	}).toPass();
}

export const waiting = (page: Page) => page.getByRole('region', { name: 'Waiting to be sent' });

export async function expectArrived(person: Person, texts: string[]): Promise<void> {
	await expect.poll(() => textsOf(person), { timeout: 15_000 }).toEqual(texts);
}

/** Changes an entry as no composer would: the server will refuse it. */
export async function makeTooLong(page: Page, text: string): Promise<void> {
	await page.evaluate(async (sought) => {
		const settled = <T>(request: IDBRequest<T>) =>
			new Promise<T>((resolve, reject) => {
				request.onsuccess = () => resolve(request.result);
				request.onerror = () => reject(request.error);
			});
		const database = await settled(indexedDB.open('minitwit'));
		// Not while a sender has it in hand.
		await navigator.locks.request('minitwit-outbox', async () => {
			const store = database.transaction('outbox', 'readwrite').objectStore('outbox');
			const entry = (await settled(store.getAll())).find((found: { text: string }) => found.text === sought);
			await settled(store.put({ ...entry, text: 'x'.repeat(281) }));
		});
		database.close();
	}, text);
}

/**
 * Has the server bring a build of which one file of a page is gone, as after a deploy. Browsers find it
 * when they next look for a new worker. Returns the path of the file, without the slash in front.
 */
export async function deployNewVersion(network: FaultProxy, { origin }: WebServer): Promise<string> {
	const worker = await (await fetch(`${origin}/service-worker.js`)).text();
	const [gone, kept] = [...worker.matchAll(/_app\/immutable\/nodes\/[^"'`]+/g)].map(([path]) => path);
	if (!gone || !kept) throw new Error('The worker names no code of pages');
	network.scripts.set('/service-worker.js', worker.replaceAll(gone, kept)).set(`/${gone}`, null);
	return gone;
}
