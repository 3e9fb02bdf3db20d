import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { createInvite } from '#lib/server/accounts/invites.ts';
import { PASSWORD } from '../factories.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { checkPage, checkPieces } from './look.ts';
import { startWebServer } from './web-server.ts';

/* Where not everybody can create an account, pages say so. */

test('with an invitation, one person creates an account, and no address keeps the code', async ({ page }, {
	outputDir
}) => {
	mkdirSync(outputDir, { recursive: true });
	const server = await startWebServer(join(outputDir, 'web.log'), { REGISTRATION: 'invitation' });
	const proxy = await startFaultProxy(server.origin);
	try {
		const { code } = await createInvite({ kind: 'operator', name: 'root' }, { uses: 1, days: 1, note: null });
		const create = async (username: string) => {
			await page.getByLabel('Username').fill(username);
			await page.getByLabel('E-mail').fill('a@example.org');
			await page.locator('#password').fill(PASSWORD);
			await page.locator('#password2').fill(PASSWORD);
			await page.getByRole('button', { name: 'Create account' }).click();
		};
		for (const width of [320, 1280]) {
			await page.setViewportSize({ width, height: 740 });
			await checkPage(page, `${server.origin}/register`);
			await checkPieces(page, proxy, ['/register']);
		}
		await page.goto(`${server.origin}/register`);
		await create('gatecrasher');
		await expect(page.getByRole('alert')).toHaveText('You have to enter an invitation code');
		// What is too long to be a code is cut, here within a character.
		await page.goto(`${server.origin}/register?invite=${'x'.repeat(99)}😀`);
		await expect(page.getByLabel('Invitation code')).toHaveValue(/^x{99}/);
		await page.goto(`${server.origin}/register?invite=${code}&next=%2Fpeople`);
		expect(page.url()).toBe(`${server.origin}/register?next=%2Fpeople`);
		await expect(page.getByLabel('Invitation code')).toHaveValue(code);
		await create('guest');
		await expect(page).toHaveURL(/\/login\?next=%2Fpeople$/);
		await page.goto(`${server.origin}/register`);
		await create('another guest');
		await expect(page.getByRole('alert')).toContainText('wrong, used up, expired or revoked');
		expect(page.url()).not.toContain(code);
	} finally {
		await proxy.close();
		await server.remove();
	}
});

test('where registration is closed, nothing leads there, and the page says so', async ({ page, request }, {
	outputDir
}) => {
	mkdirSync(outputDir, { recursive: true });
	const server = await startWebServer(join(outputDir, 'web.log'), { REGISTRATION: 'closed' });
	const proxy = await startFaultProxy(server.origin);
	try {
		for (const width of [320, 1280]) {
			await page.setViewportSize({ width, height: 740 });
			for (const path of ['/public', '/login', '/register']) {
				await checkPage(page, server.origin + path);
				await expect(page.getByRole('link', { name: 'Create account' })).toHaveCount(0);
			}
			await checkPieces(page, proxy, ['/public', '/login', '/about', '/register']);
		}
		await expect(page.getByText('Registration is closed')).toBeVisible();
		const form = { username: 'late', email: 'a@example.org', password: PASSWORD, password2: PASSWORD };
		const answer = await request.post(`${server.origin}/register`, {
			form,
			headers: { origin: server.origin, accept: 'text/html' }
		});
		expect(answer.status()).toBe(403);
	} finally {
		await proxy.close();
		await server.remove();
	}
});
