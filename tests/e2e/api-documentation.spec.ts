import { readConfig } from '#lib/server/config.ts';
import { createLogger } from '#lib/server/observability/log.ts';
import { buildApp } from '../../api-server/app.ts';
import { expect, test } from './fixtures.ts';
import { listViolations } from './look.ts';

/* The API's documentation page, which shows what each request and answer look like. */

/** Swagger UI's headings do not follow axe's own recommendations. */
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

test('it is accessible at both widths, in light and dark mode, and fits', async ({ page }) => {
	test.slow();
	// The page needs no database.
	const config = readConfig({ DATABASE_URL: 'postgres://127.0.0.1:1/none' });
	const api = await buildApp(config, createLogger('test', 'silent'));
	const origin = await api.listen({ port: 0, host: '127.0.0.1' });
	await page.goto(`${origin}/docs`);
	await page.getByRole('button', { name: /^POST \/msgs/ }).click();
	await expect(page.getByRole('button', { name: 'Try it out' })).toBeVisible();
	for (const [width, colorScheme] of [
		[320, 'light'],
		[1280, 'dark']
	] as const) {
		await page.setViewportSize({ width, height: 740 });
		await page.emulateMedia({ colorScheme });
		expect(await listViolations(page, WCAG, 'tag'), `${width} px, ${colorScheme}`).toEqual([]);
		expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
	}
	await api.close();
});
