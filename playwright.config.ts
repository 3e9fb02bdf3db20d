import { defineConfig, devices } from '@playwright/test';
import { findTestBrowser } from './tools/browser.ts';

const reportFile = process.env.REPORT_FILE;
const isRoot = process.getuid?.() === 0;

/** Disables background activity of the browser, and the sandbox only for root, which cannot use it. */
const args = [
	...(isRoot ? ['--no-sandbox'] : []),
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync'
];

export default defineConfig({
	testDir: 'tests/e2e',
	globalSetup: './tests/e2e/global-setup.ts',
	fullyParallel: true,
	forbidOnly: Boolean(process.env.CI),
	workers: 2,
	retries: 0,
	// No test is about speed: being slow on a busy machine is not a failure.
	timeout: 60_000,
	expect: { timeout: 15_000 },
	reporter: reportFile ? [['list'], ['json', { outputFile: reportFile }]] : 'list',
	use: {
		trace: 'off',
		launchOptions: { executablePath: findTestBrowser() ?? undefined, args }
	},
	projects: [
		{
			name: 'phone',
			testMatch: 'pages.spec.ts',
			use: { ...devices['Pixel 7'], viewport: { width: 360, height: 740 } }
		},
		{
			name: 'desktop',
			use: { ...devices['Desktop Chrome'], viewport: { width: 1280, height: 800 } }
		}
	]
});
