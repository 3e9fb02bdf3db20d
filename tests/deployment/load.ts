import { waitUntil } from './nginx.ts';

/** A request that was made: null, or what was wrong with the answer. `from` is the client's address. */
export type Attempt = (from: string) => Promise<string | null>;

/** Requests that are being made, over and over. */
export interface Load {
	/** Resolves once so many more have been answered. */
	passes(count: number): Promise<void>;
	/** Ends it once those under way have been answered. Resolves to what went wrong. */
	stop(): Promise<string[]>;
}

/** A load that nobody ends stops by itself after so many requests. */
const MAX_REQUESTS = 30_000;

/** Has some clients, each from an address of its own, make the attempts in turn, one after the other without a pause. */
export function startLoad(attempts: Attempt[], clients = 6): Load {
	const failures: string[] = [];
	let started = 0;
	let answered = 0;
	let isStopped = false;
	const run = async (from: string) => {
		while (!isStopped && started < MAX_REQUESTS) {
			const attempt = attempts[started++ % attempts.length] as Attempt;
			const failure = await attempt(from).catch((error: Error) => error.message);
			if (failure !== null) failures.push(failure);
			answered++;
		}
	};
	const loops = Array.from({ length: clients }, (_, number) => run(`127.0.1.${number + 1}`));
	return {
		passes: (count) => {
			const goal = answered + count;
			return waitUntil(() => answered >= goal, `${goal} requests are answered`);
		},
		async stop() {
			isStopped = true;
			await Promise.all(loops);
			return failures;
		}
	};
}
