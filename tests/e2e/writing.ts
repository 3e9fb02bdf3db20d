import type { Page } from '@playwright/test';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { type Person, test as base, expect } from './fixtures.ts';
import type { WebServer } from './web-server.ts';
import { textsOf } from './texts.ts';

export { textsOf };

/* A user who writes over an unreliable network. */

export const test = base.extend<{ network: FaultProxy; cutNetwork: null }>({
	network: async ({ webServer }, use) => {
		const proxy = await startFaultProxy(webServer.origin);
		await use(proxy);
		await proxy.close();
	},
	baseURL: ({ network }, use) => use(network.origin),
	// Playwright takes the network from pages, and not from a service worker that the browser has stopped and started again.
	cutNetwork: [
		async ({ context, network }, use) => {
			const setOffline = context.setOffline.bind(context);
			context.setOffline = (isOffline) => {
				network.isCut = isOffline;
				return setOffline(isOffline);
			};
			await use(null);
		},
		{ auto: true }
	]
});

/** Waits until the service worker controls a page, which it does after the first one has loaded. */
export async function untilControlled(page: Page): Promise<void> {
	await page.evaluate(() => navigator.serviceWorker.ready);
	await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
}

/** Opens a page, the home timeline by default, under the control of the service worker. */
export async function open(page: Page, address = '/'): Promise<void> {
	await page.goto(address);
	await untilControlled(page);
	// From this load on it handles every request.
	await page.reload();
}

/** Waits until the worker has saved a page. */
export async function waitUntilSaved(page: Page, path: string): Promise<void> {
	const isSaved = (address: string) => page.evaluate(async (url) => (await caches.match(url)) !== undefined, address);
	await expect.poll(() => isSaved(path)).toBe(true);
}

/** Types a text, sends nothing, and waits until the text is saved as a draft. Before hydration nothing is saved. */
export async function typeDraft(page: Page, text: string): Promise<void> {
	const listDrafts = () => page.evaluate(() => Object.values({ ...localStorage }).map(String));
	await expect(async () => {
		await page.getByRole('textbox').fill(text);
		expect((await listDrafts()).join()).toContain(JSON.stringify(text));
	}).toPass();
}

export async function write(page: Page, text: string): Promise<void> {
	const textbox = page.getByRole('textbox');
	await textbox.fill(text);
	// The shortcut does nothing before hydration, and nothing more once the message is sent.
	await expect(async () => {
		await textbox.press('Control+Enter');
		await expect(textbox).toHaveValue('', { timeout: 1_000 });
	}).toPass();
}

/** Signals that the window is visible again, which is one of the outbox's retry triggers. */
export const wakeUp = (page: Page) => page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));

export const waiting = (page: Page) => page.getByRole('region', { name: 'Waiting to be sent' });

export async function expectArrived(person: Person, texts: string[]): Promise<void> {
	await expect.poll(() => textsOf(person)).toEqual(texts);
}

/** Makes an outbox entry too long, which the composer would not allow, so that the server rejects it. */
export async function makeTooLong(page: Page, text: string): Promise<void> {
	await page.evaluate(async (sought) => {
		const settled = <T>(request: IDBRequest<T>) =>
			new Promise<T>((resolve, reject) => {
				request.onsuccess = () => resolve(request.result);
				request.onerror = () => reject(request.error);
			});
		const database = await settled(indexedDB.open('minitwit'));
		// Not while a sender is processing it.
		await navigator.locks.request('minitwit-outbox', async () => {
			const store = database.transaction('outbox', 'readwrite').objectStore('outbox');
			const entry = (await settled(store.getAll())).find((found: { text: string }) => found.text === sought);
			await settled(store.put({ ...entry, text: 'x'.repeat(281) }));
		});
		database.close();
	}, text);
}

/**
 * Makes the server serve a build that lacks one file of a page, as after a deploy. Browsers find it when
 * they next look for a new worker. Resolves to the path of the file, without the leading slash.
 */
export async function deployNewVersion(network: FaultProxy, { origin }: WebServer): Promise<string> {
	const worker = await (await fetch(`${origin}/service-worker.js`)).text();
	const [gone, kept] = [...worker.matchAll(/_app\/immutable\/nodes\/[^"'`]+/g)].map(([path]) => path);
	if (!gone || !kept) throw new Error('The worker names no code of pages');
	network.scripts.set('/service-worker.js', worker.replaceAll(gone, kept)).set(`/${gone}`, null);
	return gone;
}
