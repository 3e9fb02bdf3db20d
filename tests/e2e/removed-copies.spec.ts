import type { Page } from '@playwright/test';
import { flagMessages } from '#lib/server/moderation/flagged-messages.ts';
import { messagePath } from '#lib/text/message-path.ts';
import { profilePath } from '#lib/text/profile-path.ts';
import { createMessage } from '../factories.ts';
import { createPerson, expect, goOffline, gotoWatched } from './fixtures.ts';
import { open, test, waitUntilSaved } from './writing.ts';

/* Saved pages lose a message that was deleted or hidden, also if nobody opens them while there is a network. */

test.beforeEach(({ expectedErrors }) => void expectedErrors.push(/ERR_|Failed to load resource|Failed to fetch/));

const OPERATOR = { kind: 'operator', name: 'root' } as const;

async function createStory() {
	const { id, name } = await createPerson();
	const text = `for a while ${crypto.randomUUID()}`;
	const message = { author_name: name, ...(await createMessage(id, text, null)) };
	return { text, name, id: message.id, profile: profilePath(name), path: messagePath(message) };
}

/** Lists the paths of saved pages, and of saved data, whose copies have a text. */
function listCopiesWith(page: Page, text: string): Promise<string[]> {
	return page.evaluate(async (text) => {
		const found = [];
		for (const name of await caches.keys()) {
			const cache = await caches.open(name);
			for (const request of await cache.keys()) {
				const copy = await cache.match(request);
				if ((await copy?.text())?.includes(text)) found.push(new URL(request.url).pathname);
			}
		}
		return found.sort();
	}, text);
}

test('at the next contact, after a time without a network', async ({ page, context, signIn }) => {
	await signIn();
	const { text, name, id, profile, path } = await createStory();
	await open(page);
	for (const visited of [path, '/people', '/public']) await page.goto(visited);
	// Saves the data alone.
	await page.getByRole('link', { name, exact: true }).first().click();
	await expect(page).toHaveURL(profile);
	await waitUntilSaved(page, `${profile}/__data.json`);
	await page.goto('/about');
	expect(await listCopiesWith(page, text)).toEqual(['/', '/people', '/public', path, `${profile}/__data.json`].sort());
	await goOffline(page);
	await flagMessages(OPERATOR, [id], 'loud');
	await context.setOffline(false);
	await expect.poll(() => listCopiesWith(page, text)).toEqual([]);
	// What must work offline is there anew.
	await waitUntilSaved(page, '/public');
	await goOffline(page);
	await page.goto(profile);
	await expect(page).toHaveURL(/\/offline\?/);
});

test('at once while a page is open, which stays saved without it', async ({ page, signIn }) => {
	await signIn();
	const { text, id, profile, path } = await createStory();
	await open(page);
	await page.goto(path);
	await gotoWatched(page, profile);
	await waitUntilSaved(page, profile);
	await flagMessages(OPERATOR, [id], 'loud');
	await expect(page.getByRole('article')).toHaveCount(0);
	// Replaced within ten seconds.
	await expect.poll(() => listCopiesWith(page, text), { timeout: 20_000 }).toEqual([]);
	await waitUntilSaved(page, profile);
	await goOffline(page);
	await page.reload();
	await expect(page).toHaveURL(profile);
	await expect(page.getByText('Offline copy from')).toBeVisible();
});
