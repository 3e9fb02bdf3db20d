import lighthouse from 'lighthouse';

/** Scores from 0 to 100 by category, each the median of the runs. */
export type Scores = Record<string, number>;

/** At least. */
export const FLOORS: Scores = { performance: 98, accessibility: 100, 'best-practices': 100, seo: 100 };

/** Audits a page as a middling phone on a slow network sees it. `port` is of a browser's remote debugging. */
export async function measureScores(
	url: string,
	port: number,
	runs: number
): Promise<{ scores: Scores; faults: string[] }> {
	const found: Record<string, number[]> = {};
	const faults = new Set<string>();
	for (let run = 0; run < runs; run++) {
		const result = await lighthouse(url, { port, logLevel: 'silent', onlyCategories: Object.keys(FLOORS) });
		if (!result) throw new Error(`Lighthouse says nothing of ${url}`);
		const { categories, audits } = result.lhr;
		for (const [name, { score, auditRefs }] of Object.entries(categories)) {
			(found[name] ??= []).push(Math.round((score ?? 0) * 100));
			for (const { id, weight } of auditRefs) {
				const audit = audits[id];
				if (weight > 0 && audit && audit.score !== null && audit.score < 0.9) faults.add(`${name}: ${audit.title}`);
			}
		}
	}
	const scores = Object.fromEntries(Object.entries(found).map(([name, values]) => [name, median(values)]));
	return { scores, faults: [...faults] };
}

function median(values: number[]): number {
	return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
