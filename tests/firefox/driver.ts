import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer, { type Browser, type BrowserContext, type Page } from 'puppeteer-core';
import { test as base, expect } from 'vitest';
import { SESSION_COOKIE, createSession } from '#lib/server/accounts/sessions.ts';
import { findFirefox } from '../../tools/browser.ts';
import { type FaultProxy, startFaultProxy } from '../e2e/fault-proxy.ts';
import { textsOf } from '../e2e/texts.ts';
import { startWebServer } from '../e2e/web-server.ts';
import { createPerson } from '../factories.ts';

/* Drives Firefox over WebDriver BiDi, with a user who writes over an unreliable network. */

/**
 * What Firefox logs on a page's console when a connection fails, or when the page is left before it has loaded.
 * Missing scripts are still detected: `load` waits for them.
 */
const EXPECTED_ERRORS = new RegExp(
	[
		'can’t establish a connection',
		'connection to .* was interrupted',
		'NetworkError when attempting to fetch',
		'error loading dynamically imported module',
		'Error in input stream',
		'A ServiceWorker intercepted the request'
	].join('|')
);

type Person = Awaited<ReturnType<typeof createPerson>>;

/** One browser and one server per file; each test has its own user, network, cookies and storage. */
export const test = base
	// eslint-disable-next-line no-empty-pattern -- Vitest reads the pattern to know what a fixture needs
	.extend('folder', { scope: 'file' }, ({}, { onCleanup }) => {
		const folder = mkdtempSync(join(tmpdir(), 'minitwit-firefox-'));
		onCleanup(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
		return folder;
	})
	.extend('firefox', { scope: 'file' }, async ({ folder }, { onCleanup }) => {
		const firefox = await launchFirefox(join(folder, 'profile'));
		onCleanup(() => firefox.close());
		return firefox;
	})
	.extend('webServer', { scope: 'file' }, async ({ folder }, { onCleanup }) => {
		const server = await startWebServer(join(folder, 'web.log'));
		onCleanup(() => server.remove());
		return server;
	})
	.extend('network', async ({ webServer }, { onCleanup }) => {
		const proxy = await startFaultProxy(webServer.origin);
		onCleanup(() => proxy.close());
		return proxy;
	})
	.extend('context', async ({ firefox, network }, { onCleanup }) => {
		const context = await firefox.createBrowserContext();
		onCleanup(async () => {
			await setOffline(firefox, network, false);
			await context.close();
		});
		return context;
	})
	.extend('person', ({ webServer: _ }) => createPerson())
	.extend('page', async ({ context, person, network }) => {
		await signIn(context, person);
		return open(context, network);
	});

/** Starts a headless Firefox with a profile. */
export function launchFirefox(profile: string): Promise<Browser> {
	return puppeteer.launch({
		browser: 'firefox',
		executablePath: findFirefox() ?? undefined,
		headless: true,
		userDataDir: profile,
		// Firefox writes to the home directory, and as root refuses one of another user.
		env: { ...process.env, HOME: profile },
		// For setOffline: Firefox offline cannot reach this machine either.
		args: ['--remote-allow-system-access'],
		extraPrefsFirefox: { 'network.disable-localhost-when-offline': true }
	});
}

/** Kills Firefox, as a power failure would. */
export async function kill(firefox: Browser): Promise<void> {
	const process = firefox.process();
	if (process?.exitCode !== null || process.signalCode !== null) return;
	const ended = new Promise((resolve) => process.once('exit', resolve));
	process.kill('SIGKILL');
	await ended;
}

/** Signs the browser in without the form. */
export async function signIn(context: BrowserContext, { id }: Person): Promise<void> {
	const cookie = { name: SESSION_COOKIE, value: await createSession(id), domain: '127.0.0.1', path: '/' };
	await context.setCookie({ ...cookie, httpOnly: true, sameSite: 'Lax' });
}

/** Opens the home timeline in a new tab under the control of the service worker. An error in it fails the test. */
export async function open(context: BrowserContext, { origin }: FaultProxy): Promise<Page> {
	const page = await context.newPage();
	const report = (text: string) => EXPECTED_ERRORS.test(text) || console.error(text);
	page.on('pageerror', (error) => report(String(error)));
	page.on('console', (message) => ['error', 'warn'].includes(message.type()) && report(message.text()));
	// Over BiDi an Error has no text.
	await page.evaluateOnNewDocument(() => {
		const { error } = console;
		console.error = (...things) => error(things.join(' '));
	});
	await load(page, origin);
	await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
	// The worker took control after the page had loaded. From this load on it handles every request.
	await load(page);
	return page;
}

/** Loads a page, by default the current one, and waits for its scripts. */
export async function load(page: Page, url = page.url()): Promise<void> {
	await page.goto(url);
	// SvelteKit adds this element for screen readers once it has hydrated the page.
	await page.waitForSelector('#svelte-announcer');
}

/** An undocumented part of Puppeteer that sends Firefox commands that Puppeteer does not know. */
interface Connected {
	connection: {
		send(method: string, params: object): Promise<{ result: { contexts?: { context: string }[] } }>;
	};
}

/**
 * Takes the whole browser offline, like Work Offline in its menu, or back online. BiDi's own command does
 * not affect workers, and pages that were loaded offline do not notice that the network is back. Firefox
 * keeps using open connections to this machine, so the proxy closes them.
 */
export async function setOffline(firefox: Browser, network: FaultProxy, isOffline: boolean): Promise<void> {
	network.fault = isOffline ? 'no network' : 'none';
	const { connection } = firefox as unknown as Connected;
	const { result } = await connection.send('browsingContext.getTree', { 'moz:scope': 'chrome' });
	const target = { context: result.contexts?.[0]?.context };
	const expression = `Services.io.offline = ${isOffline}`;
	await connection.send('script.evaluate', { expression, target, awaitPromise: false });
}

/** Writes a message and shares it with the keyboard shortcut. */
export async function write(page: Page, text: string): Promise<void> {
	await page.locator('textarea').fill(text);
	await page.keyboard.down('Control');
	await page.keyboard.press('Enter');
	await page.keyboard.up('Control');
	await page.waitForFunction(() => document.querySelector('textarea')?.value === '');
}

export function click(page: Page, button: string): Promise<void> {
	return page.locator(`::-p-aria([name="${button}"][role="button"])`).click();
}

/** Expects a page to show this text anywhere. */
export async function expectText(page: Page, text: string): Promise<void> {
	await expect.poll(() => page.$eval('body', ({ innerText }) => innerText)).toContain(text);
}

/** Expects the region "Waiting to be sent" to have these texts. */
export async function expectWaiting(page: Page, texts: string[]): Promise<void> {
	const entries = 'section[aria-label="Waiting to be sent"] .text';
	await expect
		.poll(() => page.$$eval(entries, (found) => found.map(({ textContent }) => textContent.trim())))
		.toEqual(texts);
}

/** Expects the database to have exactly these texts of a user, in this order. */
export async function expectArrived(person: Person, texts: string[]): Promise<void> {
	await expect.poll(() => textsOf(person)).toEqual(texts);
}
