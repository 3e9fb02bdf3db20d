import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Page, test as base, expect } from '@playwright/test';
import { SESSION_COOKIE, createSession } from '#lib/server/accounts/sessions.ts';
import { createPerson } from '../factories.ts';
import { findFaultsOfLog } from '../log-mapping.ts';
import { type WebServer, startWebServer } from './web-server.ts';

export type Person = Awaited<ReturnType<typeof createPerson>>;

interface WorkerFixtures {
	/** The web app that this worker's tests visit, with its own database. */
	webServer: WebServer;
}

interface TestFixtures {
	/** Errors that a test provokes, filled in by the test. Any other error on a page's console fails it. */
	expectedErrors: RegExp[];
	failOnPageErrors: null;
	/** Signs the browser in without the form, as a new user by default. */
	signIn: (person?: Person) => Promise<Person>;
}

/*
 * Create users, messages and follows with the factories (`createPerson`, `createMessage`,
 * `createFollow`), which use the database of the page. Tests of one worker share it, so each test
 * creates its own users and looks for its own texts.
 */
export const test = base.extend<TestFixtures, WorkerFixtures>({
	webServer: [
		async ({ browserName: _ }, use, worker) => {
			mkdirSync(worker.project.outputDir, { recursive: true });
			const server = await startWebServer(join(worker.project.outputDir, `web-${worker.workerIndex}.log`));
			await use(server);
			await server.remove();
			// Elasticsearch must accept every line that the tests produced.
			expect(findFaultsOfLog(readFileSync(server.logFile, 'utf8'))).toEqual([]);
		},
		{ scope: 'worker' }
	],
	baseURL: ({ webServer }, use) => use(webServer.origin),
	expectedErrors: ({ browserName: _ }, use) => use([]),
	failOnPageErrors: [
		async ({ context, expectedErrors }, use) => {
			const errors: string[] = [];
			context.on('console', (message) => {
				if (['error', 'warning'].includes(message.type())) errors.push(`${message.text()} ${message.location().url}`);
			});
			context.on('weberror', (error) => errors.push(String(error.error())));
			await use(null);
			expect(errors.filter((error) => !expectedErrors.some((expected) => expected.test(error)))).toEqual([]);
		},
		{ auto: true }
	],
	signIn: ({ context, webServer }, use) =>
		use(async (person) => {
			const chosen = person ?? (await createPerson());
			const value = await createSession(chosen.id);
			await context.addCookies([
				{ name: SESSION_COOKIE, value, url: webServer.origin, httpOnly: true, sameSite: 'Lax' }
			]);
			return chosen;
		})
});

export { createPerson, expect };

/**
 * Keeps the event stream from the documents that a page opens from now on, so that a session that has ended is
 * noticed by what the user does and never by the stream first.
 */
export async function blockEventStream(page: Page): Promise<void> {
	await page.addInitScript(() => {
		window.EventSource = class extends EventTarget {
			close() {}
		} as unknown as typeof EventSource;
	});
}

/** Cuts the network, and waits until the service worker, whose network ends later than the page's, has none either. */
export async function goOffline(page: Page): Promise<void> {
	await page.context().setOffline(true);
	await expect.poll(() => page.evaluate(() => fetch('/nowhere/__data.json').then(Boolean, () => false))).toBe(false);
}

/** Stops the service worker, as browsers do when it is idle. The next request starts it again. */
export async function stopWorkers(page: Page): Promise<void> {
	const browser = await page.context().newCDPSession(page);
	await browser.send('ServiceWorker.enable');
	await browser.send('ServiceWorker.stopAllWorkers');
	await browser.detach();
}

/** Opens a page without a network. Some versions of Chromium set `navigator.onLine` anew for each document. */
export async function gotoOffline(page: Page, path: string): Promise<void> {
	await page.goto(path);
	const browser = await page.context().newCDPSession(page);
	await browser.send('Network.enable');
	const none = { offline: true, latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
	await browser.send('Network.overrideNetworkState', none);
}

/** Opens a timeline and waits until its event stream is open on the server, which a session that ends then closes. */
export async function gotoWatched(page: Page, path: string): Promise<void> {
	const watched = page.waitForResponse((response) => response.url().includes('/events?'));
	await page.goto(path);
	await watched;
}

/** Opens a timeline and waits until the page is hydrated, which is when it starts to listen for new messages. */
export async function gotoHydrated(page: Page, path: string): Promise<void> {
	const listening = page.waitForRequest(/\/events\?/);
	await page.goto(path);
	await listening;
}

/** Waits until the page is hydrated; before, buttons submit their forms. */
export async function untilHydrated(page: Page): Promise<void> {
	await page.locator('#svelte-announcer').waitFor({ state: 'attached' });
}
