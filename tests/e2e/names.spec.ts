import type { Page } from '@playwright/test';
import { withoutIsolateEnds } from '#lib/text/isolated-name.ts';
import { deleteSessionsOf } from '#lib/server/accounts/sessions.ts';
import { createFollow, createMessage } from '../factories.ts';
import { blockEventStream, createPerson, expect, goOffline, untilHydrated } from './fixtures.ts';
import { open, test, waitUntilSaved, waiting, write } from './writing.ts';

/* A name does not affect the text around it, wherever a page shows it. */

/** Lists where a name could affect the text around it, and where text is displayed out of order. */
function listFaults(page: Page, names: string[]): Promise<string[]> {
	return page.evaluate(
		(shown) => {
			const faults: string[] = [];
			const walk = (root: Node) => {
				const found: Text[] = [];
				const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
				while (walker.nextNode()) found.push(walker.currentNode as Text);
				return found.filter(({ parentElement }) => !parentElement?.closest('script, style'));
			};
			const isApart = (element: Element | null) => {
				if (!element) return false;
				const { display, unicodeBidi } = getComputedStyle(element);
				return !display.startsWith('inline') || unicodeBidi !== 'normal';
			};
			const isIsolated = (text: string) =>
				shown.every((name) => !text.split(`\u2068${name}\u2069`).join('').includes(name));
			for (const { data, parentElement } of walk(document.body)) {
				const isAlone = shown.some((name) => data.trim() === name.trim()) && isApart(parentElement);
				if (!isAlone && !isIsolated(data)) faults.push(`not apart: ${parentElement?.outerHTML}`);
			}
			const attributes = [...document.querySelectorAll('[aria-label], [title], [alt], [content]')].flatMap((element) =>
				['aria-label', 'title', 'alt', 'content'].map((attribute) => element.getAttribute(attribute) ?? '')
			);
			for (const text of [document.title, ...attributes]) if (!isIsolated(text)) faults.push(`not isolated: ${text}`);
			for (const bdi of document.querySelectorAll('bdi')) {
				let block: Element = bdi;
				while (getComputedStyle(block).display === 'inline' && block.parentElement) block = block.parentElement;
				let last = new DOMRect();
				for (const text of walk(block).filter(({ parentElement }) => !parentElement?.closest('bdi')))
					for (let index = 0; index < text.length; index++) {
						const range = document.createRange();
						range.setStart(text, index);
						range.setEnd(text, index + 1);
						const rect = range.getBoundingClientRect();
						if (rect.width === 0) continue;
						if (rect.top < last.bottom && rect.left < last.left) faults.push(`turned: ${block.textContent}`);
						last = rect;
					}
			}
			return [...new Set(faults)];
		},
		names.flatMap((name) => [name, withoutIsolateEnds(name)])
	);
}

const NAMES: [what: string, start: string][] = [
	['reverses the text after it', '\u202eeman'],
	['is written from right to left', 'שלום'],
	['ends the isolate and the paragraph around it', 'a\u2029name\u2069\u202e']
];

const pathOf = ({ name }: { name: string }) => `/${encodeURIComponent(name)}`;

for (const [what, start] of NAMES) {
	const newName = () => start + crypto.randomUUID().slice(0, 8);

	test.describe('without scripts', () => {
		test.use({ javaScriptEnabled: false });

		test(`a name that ${what} affects no page`, async ({ page, signIn, expectedErrors }) => {
			test.slow();
			expectedErrors.push(/404|409/);
			const [alice, bob, carol] = [
				await signIn(await createPerson({ name: newName() })),
				await createPerson({ name: newName() }),
				await createPerson({ name: newName() })
			];
			const nobody = { name: newName() };
			const names = [alice, bob, carol, nobody].map(({ name }) => name);
			const look = async (where: string) => expect(await listFaults(page, names), where).toEqual([]);
			await createMessage(bob.id, `by one whose name ${what}`, null);
			await createFollow(alice.name, bob.name);
			for (const path of [
				'/',
				'/public',
				'/add_message',
				pathOf(nobody),
				...['', '/followers', '/following', '/follow', '/unfollow'].map((part) => pathOf(bob) + part),
				...['', '/followers'].map((part) => pathOf(carol) + part),
				...['', '/following'].map((part) => pathOf(alice) + part)
			]) {
				await page.goto(path);
				await look(path);
			}
			await page.goto(`${pathOf(carol)}/follow`);
			await page.getByRole('main').getByRole('button', { name: 'Follow', exact: true }).click();
			await expect(page.getByText(`You are now following "${withoutIsolateEnds(carol.name)}"`)).toBeVisible();
			await look('a notice');
			await page.getByRole('button', { name: 'Unfollow' }).click();
			await expect(page.getByText('You are no longer following')).toBeVisible();
			await look('another notice');

			// Another account logs in in another tab.
			for (const [path, button] of [
				['/add_message', 'Share'],
				[`${pathOf(bob)}/follow`, 'Follow']
			] as const) {
				await signIn(alice);
				await page.goto(path);
				await signIn(carol);
				if (button === 'Share') await page.getByRole('textbox').fill('by whom?');
				await page.getByRole('main').getByRole('button', { name: button, exact: true }).click();
				await expect(page.getByText(`You're logged in as ${withoutIsolateEnds(carol.name)} now`)).toBeVisible();
				await look(`${path} under another account`);
			}
		});
	});

	test(`a name that ${what} affects no notice, no waiting change and no list of saved pages`, async ({
		page,
		context,
		signIn,
		expectedErrors
	}) => {
		test.slow();
		expectedErrors.push(/ERR_|Failed to load resource|Failed to fetch/);
		const [alice, bob] = [await createPerson({ name: newName() }), await createPerson({ name: newName() })];
		const look = async (where: string) => expect(await listFaults(page, [alice.name, bob.name]), where).toEqual([]);
		await signIn(alice);
		await blockEventStream(page);
		await open(page);
		await waitUntilSaved(page, '/offline');
		for (const path of [`${pathOf(bob)}/followers`, pathOf(bob)]) await page.goto(path);
		await untilHydrated(page);
		await page.getByRole('button', { name: 'Follow', exact: true }).click();
		await expect(page.getByText(`You are now following "${withoutIsolateEnds(bob.name)}"`)).toBeVisible();
		await look('a notice');
		await page.getByRole('button', { name: 'Unfollow' }).click();
		await expect(page.getByText('You are no longer following')).toBeVisible();
		await goOffline(page);
		await page.getByRole('button', { name: 'Follow', exact: true }).click();
		// The button changes once the follow is in the outbox.
		await expect(page.getByRole('button', { name: 'Unfollow' })).toBeVisible();
		await page.goto('/');
		await write(page, 'waits');
		await expect(waiting(page).getByText('Follow ')).toBeVisible();
		await look('waiting changes');
		await page.goto('/not-seen');
		await expect(page.getByRole('link', { name: withoutIsolateEnds(bob.name), exact: true })).toBeVisible();
		await look('saved pages');

		await page.goto('/');
		await deleteSessionsOf(alice.id);
		await context.setOffline(false);
		await expect(page.getByRole('link', { name: 'Log in as' })).toBeVisible();
		await look('changes that wait for their author');
		await signIn(bob);
		await page.goto('/');
		await expect(page.getByText('2 changes from')).toBeVisible();
		await look('waiting changes of another account');
	});
}
