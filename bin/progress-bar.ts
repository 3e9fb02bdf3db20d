import type { WriteStream } from 'node:tty';

const BAR_WIDTH = 30;
/** A terminal is repainted at this interval; a file gets a plain line less often. */
const REPAINT_MILLISECONDS = 100;
const LINE_MILLISECONDS = 10_000;

/** Shows progress until `stop` is called. */
export function showProgress(
	total: number,
	count: () => { done: number; errors: number },
	output: WriteStream = process.stderr
): { stop(): void } {
	const start = performance.now();
	const line = () => describe(total, count(), (performance.now() - start) / 1_000);
	const paint = output.isTTY ? () => output.write(`\r${line()}\x1b[K`) : () => output.write(`${line()}\n`);
	const timer = setInterval(paint, output.isTTY ? REPAINT_MILLISECONDS : LINE_MILLISECONDS);
	return {
		stop() {
			clearInterval(timer);
			if (output.isTTY) output.write('\r\x1b[K');
		}
	};
}

function describe(total: number, { done, errors }: { done: number; errors: number }, seconds: number): string {
	const share = total === 0 ? 1 : done / total;
	return `${barOf(share)}  ${done}/${total}  ${Math.round(done / seconds)}/s  ${errors} errors`;
}

/** Returns a bar for a share from 0 to 1, such as `███░░░ 50 %`. */
export function barOf(share: number): string {
	const filled = Math.round(share * BAR_WIDTH);
	return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${Math.floor(share * 100)} %`;
}
