import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flagsOfScript } from './script-flags.ts';
import { findFirefox, findTestBrowser, installBrowser, installFirefox } from './browser.ts';
import { installPrograms } from './debian-programs.ts';
import { type Tally, add, failedCheck, tallyPlaywright, tallyVitest } from './test-reports.ts';

/*
 * npm test: runs each check in its own process and sums up their reports in one line. A check that crashes or
 * leaves no report counts as failed.
 */

const USAGE = `npm test -- [flags]   runs the checks and sums up the reports in one line

  --without-browsers  skips checks that need a browser (npm run check)
  --all               also runs all other tests in Chromium and Firefox, npm run audit, and the deployment's tests,
                      which need Debian programs (npm run test:all)
  --deployment        runs only those of the deployment (npm run test:deployment)`;

const flags = flagsOfScript(USAGE, {
	'without-browsers': { type: 'boolean', default: false },
	all: { type: 'boolean', default: false },
	deployment: { type: 'boolean', default: false }
});
const reports = mkdtempSync(join(tmpdir(), 'minitwit-reports-'));

interface Outcome {
	code: number;
	output: string;
}

/** Runs a program of node_modules/.bin and captures its output, which is shown only after a failure. */
function run(program: string, args: string[], env: Record<string, string> = {}): Promise<Outcome> {
	return new Promise((resolve) => {
		const child = spawn(join('node_modules/.bin', program), args, { env: { ...process.env, ...env } });
		let output = '';
		child.stdout.on('data', (part) => (output += part));
		child.stderr.on('data', (part) => (output += part));
		child.on('error', (error) => resolve({ code: 1, output: error.message }));
		child.on('close', (code) => resolve({ code: code ?? 1, output }));
	});
}

async function check(name: string, program: string, args: string[]): Promise<Tally> {
	const started = performance.now();
	const { code, output } = await run(program, args);
	return conclude(name, started, output, code === 0 ? { passed: 1, failed: 0, skipped: 0, failures: [] } : null);
}

/**
 * Runs tests and reads their report. A missing report counts as one failure, as does a failed run whose report
 * has none.
 */
async function runTests(
	name: string,
	program: string,
	args: string[],
	env: Record<string, string>,
	read: (report: unknown) => Tally
): Promise<Tally> {
	const started = performance.now();
	const file = join(reports, `${name}.json`);
	const { code, output } = await run(program, args, { ...env, REPORT_FILE: file });
	if (!existsSync(file)) return conclude(name, started, output, null);
	const tally = read(JSON.parse(readFileSync(file, 'utf8')));
	const isWhole = tally.passed > 0 && (code === 0 || tally.failed > 0);
	return conclude(name, started, output, isWhole ? tally : add(tally, failedCheck(name)));
}

function conclude(name: string, started: number, output: string, tally: Tally | null): Tally {
	const result = tally ?? failedCheck(name);
	if (result.failed > 0) console.log(output);
	const seconds = ((performance.now() - started) / 1000).toFixed(1);
	console.log(
		`${result.failed > 0 ? 'FAILED' : 'passed'}  ${name} (${seconds} s, ${result.passed} passed, ${result.failed} failed)`
	);
	return result;
}

async function runStaticChecks(): Promise<Tally[]> {
	const sync = await check('types of routes', 'svelte-kit', ['sync']);
	// Two at a time, because CI machines often have two cores.
	const [first, second] = await Promise.all([
		inTurn([
			() => check('types', 'svelte-check', ['--threshold', 'warning', '--fail-on-warnings']),
			() => check('types of the service worker', 'tsc', ['--project', 'src/service-worker']),
			() => check('dead code', 'knip', []),
			() => check('code that only tests use', 'knip', ['--production'])
		]),
		inTurn([
			() => check('lint', 'eslint', ['.']),
			() => check('format', 'prettier', ['--check', '--log-level', 'warn', '.'])
		])
	]);
	return [sync, ...first, ...second];
}

async function inTurn(steps: (() => Promise<Tally>)[]): Promise<Tally[]> {
	const tallies: Tally[] = [];
	for (const step of steps) tallies.push(await step());
	return tallies;
}

/** Test files about what people do most, in a browser: what a change breaks first. */
const JOURNEYS = ['pages', 'contract', 'posting', 'keyboard'].map((name) => `/${name}.spec.ts`);

async function runBrowserTests(): Promise<Tally[]> {
	if (installBrowser() === null) {
		console.log('No Chromium was found and none could be installed: set CHROMIUM_PATH.');
		return [failedCheck('browser')];
	}
	console.log(`The browser is ${findTestBrowser()}`);
	const files = flags.all ? [] : JOURNEYS;
	return [await runTests('browser', 'playwright', ['test', ...files], {}, tallyPlaywright)];
}

async function runFirefoxTests(): Promise<Tally[]> {
	const firefox = findFirefox() ?? installFirefox();
	if (firefox === null) {
		console.log('No Firefox was found and none could be installed: set FIREFOX_PATH.');
		return [failedCheck('Firefox')];
	}
	const args = ['run', '--config', 'tests/firefox/vitest.config.ts'];
	return [await runTests('Firefox', 'vitest', args, { FIREFOX_PATH: firefox }, tallyVitest)];
}

async function runDeploymentTests(): Promise<Tally[]> {
	const missing = installPrograms();
	if (missing.length > 0) {
		console.log(`These programs are missing and could not be installed: ${missing.join(', ')}`);
		return [failedCheck('deployment')];
	}
	const args = ['run', '--config', 'tests/deployment/vitest.config.ts'];
	return [await runTests('deployment', 'vitest', args, {}, tallyVitest)];
}

const build = () => check('build', 'vite', ['build', '--logLevel', 'warn']);
const tallies: Tally[] = [];
if (flags.deployment) {
	tallies.push(await build(), ...(await runDeploymentTests()));
} else {
	tallies.push(...(await runStaticChecks()));
	tallies.push(await runTests('domain, API and command line', 'vitest', ['run'], {}, tallyVitest));
	if (!flags['without-browsers']) tallies.push(await build(), ...(await runBrowserTests()));
	if (flags.all) {
		tallies.push(...(await runFirefoxTests()));
		tallies.push(await check('sizes and Lighthouse', 'node', ['tools/audit/audit.ts']));
		tallies.push(...(await runDeploymentTests()));
	}
}
rmSync(reports, { recursive: true, force: true });

const total = tallies.reduce(add);
for (const failure of total.failures) console.log(`FAILED  ${failure}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
