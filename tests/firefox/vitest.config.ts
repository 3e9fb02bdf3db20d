import { defineConfig } from 'vitest/config';
import ours from '../../vitest.config.ts';

/** The core cases of the offline app in Firefox, against the built web app: npm test. */
export default defineConfig({
	test: {
		reporters: ours.test?.reporters,
		include: ['tests/firefox/*.test.ts'],
		globalSetup: ['tests/e2e/global-setup.ts'],
		setupFiles: ['tests/fail-on-console-error.ts'],
		maxWorkers: 2,
		testTimeout: 60_000,
		hookTimeout: 60_000,
		expect: { poll: { timeout: 20_000 } }
	}
});
