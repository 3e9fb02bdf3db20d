import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { chromium } from '@playwright/test';
import { flagsOfScript } from './script-flags.ts';
import { findBrowser } from './browser.ts';

/*
 * Draws the manifest's PNG icons from static/icon.svg; run `npm run icons` after changing that. `maskable`
 * fills the square and keeps the drawing in the safe zone of all masks; `monochrome` is the drawing alone,
 * which the system colours.
 */

flagsOfScript('npm run icons   writes the PNG icons of the manifest from static/icon.svg', {});

const [, drawing] = (await readFile('static/icon.svg', 'utf8')).match(/<rect[^>]*>(.*)<\/svg>/s) ?? [];
if (!drawing) throw new Error('static/icon.svg must be a square with a drawing on it');

const colour = '#0f6e72';
const square = (radius: number) => `<rect width="48" height="48" rx="${radius}" fill="${colour}"/>`;
const small = `<g transform="translate(24 24) scale(0.76) translate(-26 -25.5)">${drawing}</g>`;
const icons = {
	any: { sizes: [192, 512], content: square(11) + drawing },
	maskable: { sizes: [192, 512], content: square(0) + small },
	monochrome: { sizes: [192, 512], content: drawing },
	'apple-touch': { sizes: [180], content: square(0) + small }
};

await mkdir('static/icons', { recursive: true });
const browser = await chromium.launch({ executablePath: findBrowser() ?? undefined });
try {
	for (const [name, { sizes, content }] of Object.entries(icons)) {
		for (const size of sizes) {
			const page = await browser.newPage({ viewport: { width: size, height: size } });
			const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" width="${size}">${content}</svg>`;
			await page.setContent(`<style>body { margin: 0 } svg { display: block }</style>${svg}`);
			await writeFile(`static/icons/${name}-${size}.png`, await page.screenshot({ omitBackground: true }));
			await page.close();
		}
	}
} finally {
	await browser.close();
}
