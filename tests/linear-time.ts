import { expect } from 'vitest';

/** The length of the smaller input: long enough to outweigh the cost of the call. */
const SIZE = 1024;
const GROWTH = 4;
/** A quadratic function takes sixteen times as long. */
const MAX_RATIO = 6;
/** After this many calls, or this long, V8 has compiled a function and its regular expressions. */
const WARM_UP_CALLS = 200;
const WARM_UP_MS = 15;
const MIN_RUNS = 5;
/** A ratio that is still too high after this long counts. */
const MAX_MS = 8_000;
/** Long enough for the clock's resolution, short enough to end before another process is scheduled. */
const MIN_RUN_MS = 0.05;

type Work = (input: string) => unknown;

/**
 * Fails if a function takes more than six times as long for four times the input. `make` returns an input of a
 * size. The fastest of several runs counts, because other load only adds time; a ratio that is too high is
 * measured again before it counts.
 */
export async function expectLinear(work: Work, make: (size: number) => string, size = SIZE): Promise<void> {
	const [small, large] = [make(size), make(size * GROWTH)];
	for (const input of [large, small]) await warmUp(work, input);
	const repeats = await findRepeats(work, small);
	const started = performance.now();
	let [shortest, longer] = [Infinity, Infinity];
	for (let run = 0; run < MIN_RUNS || performance.now() - started < MAX_MS; run++) {
		shortest = Math.min(shortest, await measure(work, small, repeats));
		longer = Math.min(longer, await measure(work, large, repeats));
		if (run + 1 >= MIN_RUNS && longer / shortest < MAX_RATIO) return;
	}
	expect(longer / shortest).toBeLessThan(MAX_RATIO);
}

async function warmUp(work: Work, input: string): Promise<void> {
	const started = performance.now();
	for (let call = 0; call < WARM_UP_CALLS && performance.now() - started < WARM_UP_MS; call++) await work(input);
}

async function findRepeats(work: Work, input: string): Promise<number> {
	let repeats = 1;
	while ((await measure(work, input, repeats)) < MIN_RUN_MS) repeats *= 2;
	return repeats;
}

/** Resolves to milliseconds. */
async function measure(work: Work, input: string, repeats: number): Promise<number> {
	const started = performance.now();
	for (let run = 0; run < repeats; run++) await work(input);
	return performance.now() - started;
}

/** Repeats `unit` up to a size. */
export const repeated = (unit: string) => (size: number) => unit.repeat(Math.ceil(size / unit.length));

/** Different short names joined by `joint`, up to a size. */
export const distinct = (joint: string) => (size: number) =>
	Array.from({ length: size / 4 }, (_, index) => index.toString(36))
		.join(joint)
		.slice(0, size);
