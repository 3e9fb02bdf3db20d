import { expect, test } from 'vitest';
import { dataPath, isDataUrl, pagePath } from '#lib/offline/saved-pages.ts';

/** Pages and the data that SvelteKit requests when it navigates to them. */
const PAGES = [
	['/', '/__data.json'],
	['/public?before=3', '/public/__data.json?before=3'],
	['/x.html', '/x.html__data.json'],
	['/x.html/followers', '/x.html/followers/__data.json'],
	['/u/%5F%5Fdata.json', '/u/%5F%5Fdata.json/__data.json'],
	['/u/x.html%5F%5Fdata.json', '/u/x.html%5F%5Fdata.json/__data.json']
] as const;

test.each(PAGES)('the data of %s is at %s', (page, data) => {
	const url = (path: string) => new URL(path, 'http://localhost');
	expect(dataPath(url(page))).toBe(data);
	expect(pagePath(url(data))).toBe(page);
	expect([isDataUrl(url(page)), isDataUrl(url(data))]).toEqual([false, true]);
});
