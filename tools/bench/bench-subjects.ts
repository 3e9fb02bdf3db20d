import { type Job, type Measured, measure, summarize } from './load.ts';
import type { Row } from './bench-report.ts';
import { readMemory } from './server-metrics.ts';

/** What is measured. */
export interface Subject {
	name: string;
	target: Job['target'];
	/** The origin of its server's /metrics, which reports memory; null to skip. */
	metrics: string | null;
}

/** How long and how often each subject is measured. */
export interface Effort {
	/** Of each measurement. */
	seconds: number;
	/** Whose medians count. */
	rounds: number;
}

const CONNECTIONS = [16, 64];

/** Measures all subjects in turn, with few and with many connections. */
export async function measureAll(subjects: Subject[], { seconds, rounds }: Effort): Promise<Row[]> {
	const found = new Map<string, { row: Row; rounds: Measured[] }>();
	for (let round = 1; round <= rounds; round++) {
		for (const connections of CONNECTIONS) {
			for (const { name, target, metrics } of subjects) {
				const key = `${name} ${connections}`;
				const entry = found.get(key) ?? { row: { name, connections } as Row, rounds: [] };
				found.set(key, entry);
				entry.rounds.push(await measure({ target, connections, seconds }));
				entry.row.memoryMib = metrics === null ? null : await readMemory(metrics);
				console.log(
					`round ${round}/${rounds}  ${key} connections  ${Math.round(entry.rounds.at(-1)?.perSecond ?? 0)}/s`
				);
			}
		}
	}
	return [...found.values()].map((entry) => ({ ...entry.row, ...summarize(entry.rounds) }));
}
