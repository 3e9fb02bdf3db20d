import { defineConfig } from 'vitest/config';
import mainConfig from '../../vitest.config.ts';

/** The core tests of the offline app in Firefox, against the built web app. Part of `npm test`. */
export default defineConfig({
	test: {
		reporters: mainConfig.test?.reporters,
		include: ['tests/firefox/*.test.ts'],
		globalSetup: ['tests/e2e/global-setup.ts'],
		setupFiles: ['tests/fail-on-console-error.ts'],
		maxWorkers: 2,
		testTimeout: 60_000,
		hookTimeout: 60_000,
		expect: { poll: { timeout: 20_000 } }
	}
});
