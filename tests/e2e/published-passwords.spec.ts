import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { createDemoData } from '#lib/server/demo/demo-data.ts';
import { startWebServer } from './web-server.ts';

test('the web app refuses to start in production with the demo accounts', async ({ browserName: _ }, { outputDir }) => {
	mkdirSync(outputDir, { recursive: true });
	const server = await startWebServer(join(outputDir, 'web.log'), { NODE_ENV: 'production' });
	try {
		await server.stop();
		await createDemoData();
		await expect(server.start()).rejects.toThrow(/The database has the demo accounts.* ACCEPT_DEMO_ACCOUNTS=yes/);
	} finally {
		await server.remove();
	}
});
