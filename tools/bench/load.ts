import { fork } from 'node:child_process';

/** The result of a load. Times are in milliseconds. */
export interface Measured {
	perSecond: number;
	p50: number;
	p99: number;
	/** Responses other than 2xx, time-outs and broken connections. */
	errors: number;
}

/** A target of load: pages, or a kind of API request. */
export type Target =
	| { kind: 'requests'; origin: string; paths: string[]; headers?: Record<string, string> }
	| { kind: 'api'; origin: string; workload: string };

export interface Job {
	target: Target;
	connections: number;
	seconds: number;
}

/** Puts load on a target from a separate process, so that the rest of the benchmark does not affect it. */
export function measure(job: Job): Promise<Measured> {
	const child = fork(new URL('load-process.ts', import.meta.url), [JSON.stringify(job)]);
	return new Promise((resolve, reject) => {
		child.once('message', (measured) => resolve(measured as Measured));
		child.once('exit', (code) => reject(new Error(`The load on ${job.target.kind} ended with code ${code}`)));
	});
}

/** Returns the median. */
export function median(values: number[]): number {
	const sorted = values.toSorted((one, other) => one - other);
	return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** Returns the median of each metric over several rounds, and the sum of the errors. */
export function summarize(rounds: Measured[]): Measured {
	const of = (name: keyof Measured) => rounds.map((round) => round[name]);
	const errors = of('errors').reduce((sum, count) => sum + count, 0);
	return { perSecond: median(of('perSecond')), p50: median(of('p50')), p99: median(of('p99')), errors };
}
