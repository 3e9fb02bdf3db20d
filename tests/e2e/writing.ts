import type { Page } from '@playwright/test';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { type Person, test as base, expect } from './fixtures.ts';
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
