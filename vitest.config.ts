import { defineConfig } from 'vitest/config';

const reportFile = process.env.REPORT_FILE;

export default defineConfig({
	test: {
		reporters: reportFile ? ['default', ['json', { outputFile: reportFile }]] : ['default'],
		include: ['tests/{server,api,bin,browser-code,deployment}/**/*.test.ts'],
		// These need Debian programs: npm run test:deployment.
		exclude: ['**/*.debian.test.ts'],
		globalSetup: ['tests/database-server.ts'],
		setupFiles: ['tests/fail-on-console-error.ts'],
		maxWorkers: 2,
		// No test is about speed: being slow on a busy machine is not a failure.
		testTimeout: 60_000,
		hookTimeout: 60_000,
		expect: { poll: { timeout: 15_000 } }
	}
});
