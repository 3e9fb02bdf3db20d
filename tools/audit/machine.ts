/*
 * Detects machines that cannot time a page. Lighthouse multiplies measured times to simulate a phone, and starting a
 * page consists mostly of allocating memory. Some virtual machines compute at normal speed but allocate ten times more
 * slowly, so that a score reflects the machine rather than the page.
 */

const BYTES = 64 * 1024 * 1024;
const PAGE_BYTES = 4096;
const RUNS = 5;
/** Ordinary hardware takes about 20 ms. */
const MAX_MS = 100;

/** Returns why the machine cannot time a page, as a sentence, or null if it can. */
export function findSlowness(): string | null {
	const milliseconds = Math.min(...Array.from({ length: RUNS }, allocateMemory));
	if (milliseconds <= MAX_MS) return null;
	return `performance is not judged: this machine takes ${milliseconds.toFixed(0)} ms to allocate 64 MiB; the maximum is ${MAX_MS} ms`;
}

function allocateMemory(): number {
	const started = performance.now();
	const memory = Buffer.allocUnsafeSlow(BYTES);
	for (let offset = 0; offset < BYTES; offset += PAGE_BYTES) memory[offset] = 1;
	return performance.now() - started;
}
