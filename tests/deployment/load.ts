import { waitUntil } from './nginx.ts';

/** Makes a request; resolves to null, or to what was wrong with the response. `from` is the client's address. */
export type Attempt = (from: string) => Promise<string | null>;

/** A continuous load of requests. */
export interface Load {
	/** Resolves once that many more requests have been answered. */
	passes(count: number): Promise<void>;
	/** Stops the load once requests in progress are answered. Resolves to the failures. */
	stop(): Promise<string[]>;
}

/** The number of requests after which a load stops by itself. */
const MAX_REQUESTS = 30_000;

/** Starts clients, each with its own address, that make the attempts in turn without a pause. */
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
