import { measureSizes } from '../../tools/audit/sizes.ts';
import { expect, test } from './fixtures.ts';

test('what a phone has to load is within its budgets', async ({ browser, webServer }) => {
	for (const { what, bytes, budget } of await measureSizes(browser, webServer.origin)) {
		expect(bytes, what).toBeGreaterThan(0);
		expect(bytes, what).toBeLessThanOrEqual(budget);
	}
});
