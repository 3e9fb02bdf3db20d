import lighthouse from 'lighthouse';

/** Scores from 0 to 100 by category. */
export type Scores = Record<string, number>;

/** The minimum scores. */
export const MIN_SCORES: Scores = { performance: 98, accessibility: 100, 'best-practices': 100, seo: 100 };

/** The number of runs from which the median is taken. */
const RUNS = 3;
/** The maximum number of runs. A busy machine needs more runs, of which those with the highest benchmark index count. */
const MAX_RUNS = 7;

interface Run {
	scores: Scores;
	faults: string[];
	/** Lighthouse's benchmark index of the machine during this run. */
	pace: number;
}

/** Returns whether all judged scores reach their minimum. */
export function isWithin(scores: Scores, judged: string[]): boolean {
	return judged.every((name) => (scores[name] ?? 0) >= (MIN_SCORES[name] ?? 0));
}

/**
 * Audits a page as on a mid-range phone with a slow network, until the judged scores reach their minimum. Resolves to
 * the median scores and the failed audits. `port` is a browser's remote debugging port; requests have `extraHeaders`.
 */
export async function measureScores(
	url: string,
	port: number,
	judged: string[],
	extraHeaders: Record<string, string> = {}
): Promise<{ scores: Scores; faults: string[] }> {
	// Only performance differs from run to run.
	const leastRuns = judged.includes('performance') ? RUNS : 1;
	const runs: Run[] = [];
	for (let count = 0; count < MAX_RUNS; count++) {
		const run = await measureOnce(url, port, extraHeaders);
		if (run) runs.push(run);
		if (runs.length >= leastRuns && isWithin(medianOf(runs).scores, judged)) break;
	}
	return medianOf(runs);
}

/** Null if the page did not finish loading within Lighthouse's time-out. */
async function measureOnce(url: string, port: number, extraHeaders: Record<string, string>): Promise<Run | null> {
	const onlyCategories = Object.keys(MIN_SCORES);
	const result = await lighthouse(url, { port, logLevel: 'silent', onlyCategories, extraHeaders });
	if (!result || result.lhr.runtimeError) return null;
	const { categories, audits, environment } = result.lhr;
	const scores: Scores = {};
	const faults: string[] = [];
	for (const [name, { score, auditRefs }] of Object.entries(categories)) {
		scores[name] = Math.round((score ?? 0) * 100);
		for (const { id, weight } of auditRefs) {
			const audit = audits[id];
			if (weight > 0 && audit && audit.score !== null && audit.score < 0.9) faults.push(`${name}: ${audit.title}`);
		}
	}
	return { scores, faults, pace: environment.benchmarkIndex };
}

function medianOf(runs: Run[]): { scores: Scores; faults: string[] } {
	const best = runs.toSorted((one, other) => other.pace - one.pace).slice(0, RUNS);
	const scoreOf = (name: string) => median(best.map(({ scores }) => scores[name] ?? 0));
	return {
		scores: Object.fromEntries(Object.keys(MIN_SCORES).map((name) => [name, scoreOf(name)])),
		faults: [...new Set(best.flatMap(({ faults }) => faults))]
	};
}

function median(values: number[]): number {
	return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
