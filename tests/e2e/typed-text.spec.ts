import type { Locator, Page } from '@playwright/test';
import { createFollow, createMessage } from '../factories.ts';
import { createPerson, expect } from './fixtures.ts';
import { open, test, waiting, write } from './writing.ts';

/* Text is shown as it was typed and stays in its own box. */

const MARKS = '\u0301\u0323'.repeat(138);
/** Text without line breaks, with very wide glyphs, or taller than a line: 280 characters, and 90 for names. */
const HOSTILE = [
	Array<string>(140).fill('👩').join('\u200d'),
	'क' + '\u094dक'.repeat(139),
	`x${MARKS}`,
	'W'.repeat(280),
	'﷽'.repeat(280),
	`a${' '.repeat(200)}b${'\t'.repeat(78)}`
];
const HOSTILE_NAMES = HOSTILE.slice(0, 5).map((text) => [...text].slice(0, 90).join(''));

/** How far text may extend beyond its box, in CSS pixels: the size of a focus ring. */
const ROOM = 7;

/**
 * Resolves to the pixels that hostile text changes outside its blocks, and whether the page scrolls horizontally.
 * Compares screenshots with and without the text on a separate page, where no policy prevents reading them.
 */
async function findSpill(page: Page, comparison: Page): Promise<{ scrolls: boolean; pixels: number[][] }> {
	const { boxes, scrolls } = await page.evaluate(
		([parts, room]) => {
			const blocks = new Set<HTMLElement>();
			const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
			while (walker.nextNode()) {
				const { data, parentElement } = walker.currentNode as Text;
				if (!parts.some((part) => data.includes(part)) || parentElement?.closest('script')) continue;
				let block = parentElement;
				while (block && getComputedStyle(block).display === 'inline') block = block.parentElement;
				if (block) blocks.add(block);
			}
			for (const block of blocks) block.dataset.hostile = '';
			const { scrollWidth } = document.documentElement;
			const boxes = [...blocks].map((block) => {
				const { left, top, right, bottom } = block.getBoundingClientRect();
				return [left - room, top + scrollY - room, right + room, bottom + scrollY + room];
			});
			return { boxes, scrolls: scrollWidth > innerWidth };
		},
		[HOSTILE.map((text) => [...text].slice(0, 40).join('')), ROOM] as const
	);
	expect(boxes.length, 'no hostile text is shown').toBeGreaterThan(0);
	const shown = await page.screenshot({ fullPage: true, scale: 'css' });
	await page.evaluate(() => {
		for (const block of document.querySelectorAll<HTMLElement>('[data-hostile]')) block.style.visibility = 'hidden';
	});
	const hidden = await page.screenshot({ fullPage: true, scale: 'css' });
	const pixels = await comparison.evaluate(
		async ([images, boxes]) => {
			const [one, other] = await Promise.all(
				images.map(async (data) => {
					const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
					const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
					context?.drawImage(bitmap, 0, 0);
					return context?.getImageData(0, 0, bitmap.width, bitmap.height);
				})
			);
			if (!one || !other || one.width !== other.width || one.height !== other.height)
				throw new Error('The screenshots differ in size');
			const spilt: number[][] = [];
			for (let index = 0; index < one.data.length; index += 4) {
				const [x, y] = [(index / 4) % one.width, Math.floor(index / 4 / one.width)];
				// Antialiasing may differ between screenshots; text differs far more from the background.
				const isSame = [0, 1, 2].every(
					(channel) => Math.abs((one.data[index + channel] ?? 0) - (other.data[index + channel] ?? 0)) < 64
				);
				const isWithin = boxes.some(([left, top, right, bottom]) => x >= left && x < right && y >= top && y < bottom);
				if (!isSame && !isWithin) spilt.push([x, y]);
			}
			return spilt.slice(0, 10);
		},
		[[shown, hidden].map((image) => image.toString('base64')), boxes as [number, number, number, number][]] as const
	);
	return { scrolls, pixels };
}

const pathOf = (name: string) => `/${encodeURIComponent(name)}`;

for (const width of [320, 390]) {
	test.describe(`${width} px wide`, () => {
		test.use({ viewport: { width, height: 740 } });

		test.describe('without scripts', () => {
			test.use({ javaScriptEnabled: false });

			test('messages and names stay in their boxes', async ({ page, browser, signIn, expectedErrors }) => {
				test.slow();
				expectedErrors.push(/404/);
				const people = [];
				for (const start of HOSTILE_NAMES)
					people.push(await createPerson({ name: start + crypto.randomUUID().slice(0, 8) }));
				const [viewer, ...others] = people;
				if (!viewer) throw new Error('Expected a user');
				await signIn(viewer);
				for (const text of HOSTILE) await createMessage(viewer.id, text, null);
				for (const { id, name } of others) {
					await createMessage(id, 'said nothing', null);
					await createFollow(viewer.name, name);
				}
				const comparison = await browser.newPage();
				const look = async (where: string) =>
					expect(await findSpill(page, comparison), where).toEqual({ scrolls: false, pixels: [] });
				for (const path of ['/', `${pathOf(viewer.name)}/following`]) {
					await page.goto(path);
					await look(path);
				}
				for (const { name } of others.slice(1, 2)) {
					await page.goto(`${pathOf(name)}/following`);
					await look(`following of ${name}`);
					await page.goto(pathOf(`${name}x`));
					await look(`unknown name ${name}x`);
					await page.goto(`${pathOf(name)}/follow`);
					await look(`to follow ${name}`);
					await page.getByRole('main').getByRole('button', { name: 'Follow', exact: true }).click();
					await expect(page.getByText('You are now following')).toBeVisible();
					await look(`following ${name}`);
				}
			});
		});

		test('waiting messages stay in their boxes', async ({ page, browser, context, signIn, expectedErrors }) => {
			test.slow();
			expectedErrors.push(/ERR_|Failed to load resource|Failed to fetch/);
			await signIn();
			await open(page);
			await context.setOffline(true);
			for (const text of HOSTILE.slice(0, 4)) await write(page, text);
			await expect(waiting(page).getByText('WWW')).toBeVisible();
			expect(await findSpill(page, await browser.newPage())).toEqual({ scrolls: false, pixels: [] });
		});
	});
}

test('spaces, indentation and line breaks are shown as typed', async ({ page, context, signIn, expectedErrors }) => {
	expectedErrors.push(/ERR_|Failed to load resource|Failed to fetch/);
	const text = 'if  a:\n    b\n\tc   \n\n  https://example.org/a  and   on';
	const person = await signIn();
	await createMessage(person.id, text, null);
	const read = (paragraph: Locator) =>
		paragraph.evaluate((element: HTMLElement) => [element.textContent, element.innerText]);
	await open(page);
	// Links are shown without their scheme.
	const shown = text.replace('https://', '');
	expect(await read(page.getByRole('article').locator('p'))).toEqual([shown, shown]);
	await context.setOffline(true);
	await write(page, text);
	const entry = waiting(page).getByText('if  a:');
	await expect(entry).toBeVisible();
	expect(await read(entry)).toEqual([text, text]);
});

for (const width of [390, 1280]) {
	test.describe(`names, ${width} px wide`, () => {
		test.use({ viewport: { width, height: 800 }, javaScriptEnabled: false });

		test('a long name takes the width of the page, and a short one has its button beside it', async ({
			page,
			signIn
		}) => {
			await signIn();
			const place = async (name: string) => {
				await page.goto(pathOf((await createPerson({ name })).name));
				const heading = await page.getByRole('heading', { level: 1 }).boundingBox();
				const button = await page.getByRole('button', { name: 'Follow', exact: true }).boundingBox();
				if (!heading || !button) throw new Error('No heading');
				return { heading, button, bottom: heading.y + heading.height };
			};
			const long = await place('W'.repeat(92) + crypto.randomUUID().slice(0, 8));
			expect(long.button.y).toBeGreaterThanOrEqual(long.bottom);
			// Beside the avatar, of 72 px.
			expect(long.heading.width).toBeGreaterThan(Math.min(width, 640) * 0.6);
			const short = await place(`W${crypto.randomUUID().slice(0, 4)}`);
			expect(short.button.y).toBeLessThan(short.bottom);
			expect(short.button.x).toBeGreaterThan(short.heading.x + short.heading.width);
		});

		test('a right-to-left name is next to its avatar', async ({ page, signIn }) => {
			const alice = await signIn();
			const letters = [...crypto.randomUUID().replaceAll('-', '')].map(
				(digit) => 'אבגדהוזחטיכלמנסע'[parseInt(digit, 16)]
			);
			const bob = await createPerson({ name: `${'שלום '.repeat(10)}${letters.slice(0, 8).join('')}` });
			await createFollow(alice.name, bob.name);
			await createMessage(bob.id, 'hello', null);
			for (const path of [pathOf(bob.name), `${pathOf(alice.name)}/following`, '/']) {
				await page.goto(path);
				const picture = await page.getByRole('main').locator('.identicon:visible').first().boundingBox();
				const names = await page.getByRole('main').getByText(bob.name, { exact: true }).all();
				expect(names.length, path).toBeGreaterThan(0);
				for (const name of names) {
					const left = await name.evaluate((element) => {
						const range = document.createRange();
						range.selectNodeContents(element);
						return Math.max(...[...range.getClientRects()].map((line) => line.left));
					});
					expect(left - (picture?.x ?? 0) - (picture?.width ?? 0), path).toBeLessThan(24);
				}
			}
		});
	});
}
