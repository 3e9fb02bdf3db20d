/*
 * Whether this machine can time a page. Lighthouse multiplies the times that it measures to simulate a phone,
 * and most of a page's start is taking memory. Some virtual machines are normal at computing and ten times
 * slower at that, so that a score says more about the machine than about the page.
 */

const BYTES = 64 * 1024 * 1024;
const PAGE_BYTES = 4096;
const RUNS = 5;
/** Ordinary hardware takes about 20. */
const MAX_MS = 100;

/** Why the machine cannot time a page, as a sentence; null when it can. */
export function findSlowness(): string | null {
	const milliseconds = Math.min(...Array.from({ length: RUNS }, takeMemory));
	if (milliseconds <= MAX_MS) return null;
	return `performance is not judged: this machine takes ${milliseconds.toFixed(0)} ms for 64 MiB of memory, ${MAX_MS} at most`;
}

function takeMemory(): number {
	const started = performance.now();
	const memory = Buffer.allocUnsafeSlow(BYTES);
	for (let place = 0; place < BYTES; place += PAGE_BYTES) memory[place] = 1;
	return performance.now() - started;
}
