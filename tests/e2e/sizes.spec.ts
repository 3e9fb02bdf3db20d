import { measureSizes } from '../../tools/audit/sizes.ts';
import { expect, test } from './fixtures.ts';

test('what a phone loads stays within its size budgets', async ({ browser, webServer }) => {
	for (const { what, bytes, budget } of await measureSizes(browser, webServer.origin)) {
		expect(bytes, what).toBeGreaterThan(0);
		expect(bytes, what).toBeLessThanOrEqual(budget);
	}
});
