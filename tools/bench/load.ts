import { fork } from 'node:child_process';

/** What came of some seconds of load. Times are milliseconds. */
export interface Measured {
	perSecond: number;
	p50: number;
	p99: number;
	/** Replies that were no 2xx, time-outs and broken connections. */
	errors: number;
}

/** Something to put load on: a server's requests, or the same work without a server. */
export type Target =
	| { kind: 'requests'; origin: string; paths: string[]; headers?: Record<string, string> }
	| { kind: 'api'; origin: string; workload: string }
	| { kind: 'sql'; databaseUrl: string; workload: string; poolSize: number };

export interface Job {
	target: Target;
	connections: number;
	seconds: number;
}

/** Puts load on a target from a process of its own, so that nothing else of the bench disturbs it. */
export function measure(job: Job): Promise<Measured> {
	const child = fork(new URL('load-process.ts', import.meta.url), [JSON.stringify(job)]);
	return new Promise((resolve, reject) => {
		child.once('message', (measured) => resolve(measured as Measured));
		child.once('exit', (code) => reject(new Error(`The load on ${job.target.kind} ended with code ${code}`)));
	});
}

/** The middle of some figures. */
export function median(figures: number[]): number {
	const sorted = figures.toSorted((one, other) => one - other);
	return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** The median of each figure over some rounds; errors are summed up. */
export function summarize(rounds: Measured[]): Measured {
	const of = (name: keyof Measured) => rounds.map((round) => round[name]);
	const errors = of('errors').reduce((sum, count) => sum + count, 0);
	return { perSecond: median(of('perSecond')), p50: median(of('p50')), p99: median(of('p99')), errors };
}
