import { stripVTControlCharacters } from 'node:util';

/** Numbers of tests by outcome, and which failed. */
export interface Tally {
	passed: number;
	failed: number;
	skipped: number;
	/** Names of failed tests, checks and files, and errors outside tests. */
	failures: string[];
}

/** Returns the sum of two tallies. */
export function add(one: Tally, other: Tally): Tally {
	return {
		passed: one.passed + other.passed,
		failed: one.failed + other.failed,
		skipped: one.skipped + other.skipped,
		failures: [...one.failures, ...other.failures]
	};
}

/** Returns the tally of a check that failed as a whole. */
export function failedCheck(name: string): Tally {
	return { passed: 0, failed: 1, skipped: 0, failures: [name] };
}

/**
 * Counts the tests in Vitest's JSON report. A file that failed without any of its tests, because it could not be loaded or
 * prepared, counts as one failure.
 */
export function tallyVitest(report: unknown): Tally {
	const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = report as {
		numPassedTests: number;
		numFailedTests: number;
		numPendingTests: number;
		numTodoTests: number;
		testResults: {
			name: string;
			status: string;
			assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
		}[];
	};
	const broken = testResults.filter(
		({ status, assertionResults }) =>
			status === 'failed' && assertionResults.every((assertion) => assertion.status !== 'failed')
	);
	return {
		passed: numPassedTests,
		failed: numFailedTests + broken.length,
		skipped: numPendingTests + numTodoTests,
		failures: testResults
			.flatMap(({ name, assertionResults }) =>
				assertionResults
					.filter(({ status }) => status === 'failed')
					.map(({ fullName, failureMessages }) => `${name} › ${fullName}: ${firstLine(failureMessages[0])}`)
			)
			.concat(broken.map(({ name }) => name))
	};
}

interface Suite {
	suites?: Suite[];
	specs: {
		title: string;
		file: string;
		ok: boolean;
		tests: { results: { error?: { message?: string } }[] }[];
	}[];
}

/** Counts the tests in Playwright's JSON report. Errors outside tests and flaky tests count as failures. */
export function tallyPlaywright(report: unknown): Tally {
	const { stats, errors, suites } = report as {
		stats: { expected: number; unexpected: number; flaky: number; skipped: number };
		errors: { message?: string }[];
		suites: Suite[];
	};
	return {
		passed: stats.expected,
		failed: stats.unexpected + stats.flaky + errors.length,
		skipped: stats.skipped,
		failures: [...suites.flatMap(failuresIn), ...errors.map(({ message }) => firstLine(message))]
	};
}

function failuresIn({ suites = [], specs }: Suite): string[] {
	const failed = specs.filter(({ ok }) => !ok);
	return [
		...failed.map(({ file, title, tests }) => {
			const messages = tests.flatMap(({ results }) => results.map(({ error }) => error?.message));
			return `${file} › ${title}: ${firstLine(messages.find(Boolean))}`;
		}),
		...suites.flatMap(failuresIn)
	];
}

function firstLine(message = 'no message'): string {
	return stripVTControlCharacters(message.split('\n', 1)[0] ?? '');
}
