/** Numbers of tests by outcome. */
export interface Tally {
	passed: number;
	failed: number;
	skipped: number;
}

/** Returns the sum of two tallies. */
export function add(one: Tally, other: Tally): Tally {
	return {
		passed: one.passed + other.passed,
		failed: one.failed + other.failed,
		skipped: one.skipped + other.skipped
	};
}

/** Counts the tests in Vitest's JSON report. A file that could not be loaded has no tests and counts as one failure. */
export function tallyVitest(report: unknown): Tally {
	const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = report as {
		numPassedTests: number;
		numFailedTests: number;
		numPendingTests: number;
		numTodoTests: number;
		testResults: { status: string; assertionResults: unknown[] }[];
	};
	const broken = testResults.filter(
		({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0
	);
	return {
		passed: numPassedTests,
		failed: numFailedTests + broken.length,
		skipped: numPendingTests + numTodoTests
	};
}

/** Counts the tests in Playwright's JSON report. Errors outside tests and flaky tests count as failures. */
export function tallyPlaywright(report: unknown): Tally {
	const { stats, errors } = report as {
		stats: { expected: number; unexpected: number; flaky: number; skipped: number };
		errors: unknown[];
	};
	return { passed: stats.expected, failed: stats.unexpected + stats.flaky + errors.length, skipped: stats.skipped };
}
