/*
 * Measures how slow the machine is. Lighthouse multiplies measured times to simulate a phone, and starting a page consists
 * mostly of allocating memory. Some virtual machines compute at normal speed but allocate ten times more slowly.
 */

const BYTES = 64 * 1024 * 1024;
const PAGE_BYTES = 4096;
const RUNS = 5;
/** Ordinary hardware takes about 20 ms. */
const MAX_MS = 100;
/** Lighthouse's own, for a phone simulated by ordinary hardware. */
const SLOWDOWN = 4;

/** How much slower than this machine the simulated phone is. */
export interface Pace {
	slowdown: number;
	/** Milliseconds to allocate 64 MiB. */
	milliseconds: number;
}

/** Returns the pace. A machine that is slower than the phone would be on ordinary hardware is the phone itself. */
export function measurePace(): Pace {
	const milliseconds = Math.min(...Array.from({ length: RUNS }, allocateMemory));
	return { slowdown: milliseconds > MAX_MS ? 1 : SLOWDOWN, milliseconds };
}

function allocateMemory(): number {
	const started = performance.now();
	const memory = Buffer.allocUnsafeSlow(BYTES);
	for (let offset = 0; offset < BYTES; offset += PAGE_BYTES) memory[offset] = 1;
	return performance.now() - started;
}
