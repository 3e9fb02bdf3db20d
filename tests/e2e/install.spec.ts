import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { createPerson, expect, goOffline, gotoOffline } from './fixtures.ts';
import { textsOf } from './texts.ts';
import { open, test, waitUntilSaved } from './writing.ts';

/* MiniTwit is an installable app that other apps can share to. */

test.beforeEach(({ expectedErrors }) => void expectedErrors.push(/ERR_|Failed to load resource|Failed to fetch/));

interface Manifest {
	icons: { src: string; sizes: string; purpose: string }[];
	screenshots: { src: string; sizes: string; form_factor: string }[];
	shortcuts: { name: string; url: string }[];
}

test('Chromium considers the app installable', async ({ baseURL, launchOptions }) => {
	const profile = await mkdtemp(join(tmpdir(), 'minitwit-profile-'));
	const context = await chromium.launchPersistentContext(profile, launchOptions);
	const page = await context.newPage();
	await page.goto(`${baseURL}/public`);
	await page.evaluate(() => navigator.serviceWorker.ready);
	const browser = await context.newCDPSession(page);
	const manifest = await browser.send('Page.getAppManifest');
	expect(manifest.errors).toEqual([]);
	expect(manifest.url).toBe(`${baseURL}/manifest.webmanifest`);
	expect((await browser.send('Page.getInstallabilityErrors')).installabilityErrors).toEqual([]);
	await context.close();
	await rm(profile, { recursive: true });
});

test('the files in the manifest exist in the declared sizes', async ({ request }) => {
	const answer = await request.get('/manifest.webmanifest');
	expect(answer.headers()['content-type']).toContain('application/manifest+json');
	const { icons, screenshots, shortcuts } = (await answer.json()) as Manifest;
	for (const purpose of ['any', 'maskable', 'monochrome'])
		expect(icons.filter((icon) => icon.purpose === purpose).map(({ sizes }) => sizes)).toEqual(['192x192', '512x512']);
	expect(screenshots.map(({ form_factor }) => form_factor)).toEqual(['narrow', 'wide']);
	for (const { src, sizes } of [...icons, ...screenshots]) {
		const png = await (await request.get(src)).body();
		expect(`${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`, src).toBe(sizes);
	}
	for (const { url } of shortcuts) expect((await request.get(url)).status(), url).toBe(200);
});

const shared = `/add_message?${new URLSearchParams({ title: 'A walk', text: 'Seen by the lake', url: 'https://lake.example/' })}`;
const draft = 'Seen by the lake\nhttps://lake.example/';

test('text shared by another app is appended once to the existing draft', async ({ page, signIn }) => {
	await signIn();
	await page.goto('/add_message');
	const textbox = page.getByRole('textbox');
	await expect(async () => {
		await textbox.fill('Begun before');
		expect(await page.evaluate(() => Object.values(localStorage).join())).toContain('Begun before');
	}).toPass();
	await page.goto(shared);
	await expect(textbox).toHaveValue(`Begun before\n${draft}`);
	await expect(page).toHaveURL(/add_message$/);
	await page.reload();
	await expect(textbox).toHaveValue(`Begun before\n${draft}`);
});

test('the log-in redirect keeps the shared text', async ({ page }) => {
	await page.goto(shared);
	await expect(page).toHaveURL(/login\?next=.*Seen/);
});

test('text shared by another app is counted as it is stored', async ({ page, signIn }) => {
	const person = await signIn();
	const text = `${'x'.repeat(139)}\r\n${'y'.repeat(138)}\rz`;
	await page.goto(`/add_message?${new URLSearchParams({ text })}`);
	await expect(page.getByText('0 left')).toBeVisible();
	await expect(page.getByRole('textbox')).toHaveValue(text.replace('\r\n', '\n').replace('\r', '\n'));
	await page.getByRole('button', { name: 'Share' }).click();
	await expect.poll(() => textsOf(person)).toEqual([`${'x'.repeat(139)}\n${'y'.repeat(138)}\nz`]);
});

test('text shared offline becomes a draft of the right account', async ({ page, signIn }) => {
	await signIn();
	await open(page);
	await waitUntilSaved(page, '/add_message');
	await goOffline(page);
	await gotoOffline(page, shared);
	await expect(page.getByRole('textbox')).toHaveValue(draft);
	await page.getByRole('button', { name: 'Share when online' }).click();
	await expect(page.getByRole('region', { name: 'Waiting to be sent' }).getByText('Seen by the lake')).toBeVisible();
	await page.goto('/add_message');
	await expect(page.getByRole('textbox')).toHaveValue('');
});

test('shows an Install button if the browser offers it, and instructions on iOS', async ({ page, signIn }) => {
	const person = await signIn();
	await page.goto(`/${encodeURIComponent(person.name)}`);
	const button = page.getByRole('button', { name: 'Install MiniTwit' });
	await expect(page.getByText('Add to Home Screen')).toHaveCount(0);
	await expect(async () => {
		await page.evaluate(() => {
			const offer = Object.assign(new Event('beforeinstallprompt', { cancelable: true }), {
				prompt: () => Promise.resolve((document.title = 'asked'))
			});
			window.dispatchEvent(offer);
		});
		await expect(button).toBeVisible({ timeout: 500 });
	}).toPass();
	await button.click();
	await expect(page).toHaveTitle('asked');
	await expect(button).toHaveCount(0);

	await page.addInitScript(() => Object.defineProperty(navigator, 'standalone', { value: false }));
	await page.goto(`/${encodeURIComponent((await createPerson()).name)}`);
	await expect(page.getByText('Add to Home Screen')).toHaveCount(0);
	await page.goto(`/${encodeURIComponent(person.name)}`);
	await expect(page.getByText('Add to Home Screen')).toBeVisible();
});
