import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect } from './fixtures.ts';

/** Messages that are hard to set. */
export const HARD_TEXTS = [
	'x'.repeat(280),
	'🐦🎉👩‍👩‍👧‍👦',
	'ALL OF THIS IS IN CAPITALS AND RATHER LOUD',
	'שלום עולם, this goes both ways',
	'a link https://example.org/a/very/long/path/that/goes/on/and/on/and/on/until/it/has/to/break'
];

/** What has moved since the page began to load. */
export function listShifts(page: Page): Promise<string[]> {
	interface Shift extends PerformanceEntry {
		sources: { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[];
	}
	return page.evaluate(async () => {
		const found: string[] = [];
		new PerformanceObserver((list) => {
			for (const { sources } of list.getEntries() as Shift[])
				for (const { node, previousRect, currentRect } of sources)
					found.push(
						`${node?.nodeName} ${node?.textContent?.slice(0, 40)} ${JSON.stringify([previousRect, currentRect])}`
					);
		}).observe({ type: 'layout-shift', buffered: true });
		const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));
		await nextFrame();
		await nextFrame();
		return found;
	});
}

/** Opens a page, sees that nothing shifts, and looks at it. */
export async function checkPage(page: Page, path: string): Promise<void> {
	await page.goto(path);
	// Before axe looks at the page, which moves parts of it for that.
	expect(await listShifts(page), `${path} shifts`).toEqual([]);
	await checkShown(page, path);
}

/** Looks at what is shown now, in the light and in the dark. `path` names it in failures. */
export async function checkShown(page: Page, path: string): Promise<void> {
	for (const colorScheme of ['light', 'dark'] as const) {
		await page.emulateMedia({ colorScheme });
		const axe = new AxeBuilder({ page });
		// The scheme changes nothing but colours.
		if (colorScheme === 'dark') axe.withRules('color-contrast');
		const { violations } = await axe.analyze();
		const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' ')}`);
		expect(found, `${path} ${colorScheme}`).toEqual([]);
	}
	const { scrolls, small } = await page.evaluate(async () => {
		const targets = [...document.querySelectorAll<HTMLElement>('button, input:not([type=hidden]), nav a, a.button')];
		const isSmall = (element: HTMLElement) => {
			const { width, height } = (element.closest('label') ?? element).getBoundingClientRect();
			return width > 0 && (height < 44 || width < 44);
		};
		const { scrollWidth, clientWidth } = document.documentElement;
		return {
			scrolls: scrollWidth > clientWidth,
			small: targets.filter(isSmall).map(({ outerHTML }) => outerHTML)
		};
	});
	expect(scrolls, `${path} scrolls sideways`).toBe(false);
	expect(small, `${path} has targets below 44 px`).toEqual([]);
}
