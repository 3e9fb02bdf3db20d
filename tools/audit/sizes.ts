import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import type { Browser } from '@playwright/test';

/** A size and its budget, in bytes. */
export interface Size {
	what: string;
	bytes: number;
	budget: number;
}

const KB = 1_000;

/**
 * Resolves to the sizes of the files that a first visit to the public timeline and the service worker load, and of the
 * styles that come with the page. Sizes are compressed with default gzip, except the precache's.
 */
export async function measureSizes(browser: Browser, origin: string): Promise<Size[]> {
	const context = await browser.newContext();
	const page = await context.newPage();
	const sizes = { script: 0, stylesheet: 0 };
	const bodies: Promise<void>[] = [];
	page.on('response', (response) => {
		const type = response.request().resourceType();
		if (type !== 'script' && type !== 'stylesheet') return;
		if (response.request().serviceWorker() || response.url().endsWith('/service-worker.js')) return;
		bodies.push(response.body().then((body) => void (sizes[type] += gzipSync(body).length)));
	});
	await page.goto(`${origin}/public`, { waitUntil: 'load' });
	await page.evaluate(() => navigator.serviceWorker.ready);
	await Promise.all(bodies);
	const inline = await page.locator('style').allTextContents();
	sizes.stylesheet += gzipSync(inline.join('')).length;
	const precache = await page.evaluate(async () => {
		const name = (await caches.keys()).find((key) => key.includes('precache')) ?? '';
		const cache = await caches.open(name);
		const answers = await Promise.all((await cache.keys()).map((request) => cache.match(request)));
		const lengths = await Promise.all(answers.map(async (answer) => (await answer?.arrayBuffer())?.byteLength ?? 0));
		return lengths.reduce((sum, length) => sum + length, 0);
	});
	await context.close();
	const worker = gzipSync(await readFile('build/client/service-worker.js')).length;
	return [
		{ what: 'JavaScript of the public timeline, gzip', bytes: sizes.script, budget: 60 * KB },
		{ what: 'CSS of the public timeline, gzip', bytes: sizes.stylesheet, budget: 10 * KB },
		{ what: 'precache, uncompressed', bytes: precache, budget: 300 * KB },
		{ what: 'service worker, gzip', bytes: worker, budget: 20 * KB }
	];
}
