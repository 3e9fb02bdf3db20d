import type { Page } from '@playwright/test';
import axe from 'axe-core';
import type { FaultProxy } from './fault-proxy.ts';
import { expect } from './fixtures.ts';

declare global {
	interface Window {
		axe: typeof axe;
	}
}

/** Messages that are hard to lay out. */
export const HARD_TEXTS = [
	'x'.repeat(280),
	'🐦🎉👩‍👩‍👧‍👦',
	'ALL OF THIS IS IN CAPITALS AND RATHER LOUD',
	'שלום עולם, this goes both ways',
	'a link https://example.org/a/very/long/path/that/goes/on/and/on/and/on/until/it/has/to/break'
];

/** Resolves to the layout shifts since the page started to load. */
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

/** Opens pages, which arrive in pieces, and expects no layout shift. */
export async function checkPieces(page: Page, proxy: FaultProxy, paths: string[]): Promise<void> {
	proxy.fault = 'trickling';
	for (const path of paths) {
		await page.goto(proxy.origin + path);
		expect.soft(await listShifts(page), path).toEqual([]);
	}
}

/** Resolves to the violations of axe's rules, or of the given rules or tags alone, in what is shown now. */
export async function listViolations(page: Page, values?: string[], type: 'rule' | 'tag' = 'rule'): Promise<string[]> {
	if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
	const runOnly = values && { type, values };
	return page.evaluate(async (chosen) => {
		const { violations } = await window.axe.run({ resultTypes: ['violations'], ...(chosen && { runOnly: chosen }) });
		return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' ')}`);
	}, runOnly);
}

/** Resolves to what reaches over the left edge of the window, where nobody can scroll to it. */
export function listCutOff(page: Page): Promise<string[]> {
	return page.evaluate(() =>
		[...document.querySelectorAll<HTMLElement>('body *')]
			.filter((element) => element.checkVisibility() && element.getBoundingClientRect().left < 0)
			.map(({ outerHTML }) => outerHTML)
	);
}

/** Opens a page, expects no layout shift, and checks what is shown. */
export async function checkPage(page: Page, path: string): Promise<void> {
	await page.goto(path);
	// Before axe runs, because axe moves parts of the page.
	expect(await listShifts(page), `${path} shifts`).toEqual([]);
	await checkShown(page, path);
}

/** Checks what is shown now, in light and dark mode. `path` identifies it in failures. */
export async function checkShown(page: Page, path: string): Promise<void> {
	for (const colorScheme of ['light', 'dark'] as const) {
		await page.emulateMedia({ colorScheme });
		// The scheme changes only colours.
		const rules = colorScheme === 'dark' ? ['color-contrast'] : undefined;
		expect(await listViolations(page, rules), `${path} ${colorScheme}`).toEqual([]);
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
	expect(await listCutOff(page), `${path} is cut off`).toEqual([]);
	expect(scrolls, `${path} scrolls horizontally`).toBe(false);
	expect(small, `${path} has targets below 44 px`).toEqual([]);
}
