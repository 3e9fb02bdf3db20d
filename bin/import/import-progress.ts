import type { WriteStream } from 'node:tty';
import type { ImportStep } from '#lib/server/import/import.ts';
import type { Source } from '#lib/server/import/source.ts';
import { barOf } from '../progress-bar.ts';

const REPAINT_MS = 200;
const LABELS: Record<ImportStep, string> = { read: 'Reading', list: 'Listing rejects', take: 'Taking messages' };

/** Shows on a terminal, and only there, how far an import is and how fast. */
export function showImportProgress(source: Source, output: WriteStream = process.stderr) {
	let step: ImportStep = 'read';
	let [done, total, began] = [0, 0, performance.now()];
	const paint = () => {
		const share = step === 'read' ? source.progress() : done / Math.max(total, 1);
		output.write(`\r${describe(LABELS[step], share, done, (performance.now() - began) / 1_000)}\x1b[K`);
	};
	const timer = output.isTTY ? setInterval(paint, REPAINT_MS).unref() : undefined;
	return {
		onStep(next: ImportStep, doneNow: number, totalNow = 0): void {
			if (next !== step) began = performance.now();
			[step, done, total] = [next, doneNow, totalNow];
		},
		stop(): void {
			clearInterval(timer);
			if (output.isTTY) output.write('\r\x1b[K');
		}
	};
}

/** Returns a line such as `Reading ███░░░ 50 %  500000  25000/s`. */
export function describe(label: string, share: number, done: number, seconds: number): string {
	return `${label} ${barOf(share)}  ${done}  ${Math.round(done / Math.max(seconds, 0.001))}/s`;
}
