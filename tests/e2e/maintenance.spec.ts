import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { createExpiredRows, findLeft } from '../expired-rows.ts';
import { startWebServer } from './web-server.ts';

test('a running server deletes expired rows', async ({ browserName: _ }, { outputDir }) => {
	mkdirSync(outputDir, { recursive: true });
	const server = await startWebServer(join(outputDir, 'web.log'));
	try {
		await server.stop();
		await createExpiredRows(10);
		expect(await findLeft()).toEqual(['current', 'expired']);
		await server.start();
		await expect.poll(findLeft).toEqual(['current']);
	} finally {
		await server.remove();
	}
});
