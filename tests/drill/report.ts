import type { Tally } from './tally.ts';

/** A part of the drill and its results. */
export interface Part {
	title: string;
	tallies: Tally[];
	/** Durations and the longest allowed, in seconds. */
	figures: { name: string; seconds: number; most: number | null }[];
	/** Other failures, as sentences. */
	problems: string[];
}

const COLUMNS = ['acknowledged', 'found', 'doubled', 'lost', 'unanswered'] as const;
const NAME_WIDTH = 40;
const WIDTH = 14;

/** Renders the parts as a table. */
export function renderReport(parts: Part[]): string {
	return parts.map(renderPart).join('\n');
}

function renderPart(part: Part): string {
	const rows = part.tallies.map((tally) => line(tally.name, ...COLUMNS.map((column) => String(tally[column]))));
	const figures = part.figures.map(({ name, seconds, most }) =>
		line(name, `${seconds.toFixed(2)} s`, most === null ? '' : `(< ${most} s)`)
	);
	const faults = findFaults(part).map((fault) => `  FAILED: ${fault}\n`);
	return [`${part.title}\n`, line('', ...COLUMNS), ...rows, ...figures, ...faults].join('');
}

function line(name: string, ...cells: string[]): string {
	return `  ${name.padEnd(NAME_WIDTH)}${cells.map((cell) => cell.padStart(WIDTH)).join('')}`.trimEnd() + '\n';
}

/** Returns the failures of a part, as sentences. */
export function findFaults({ tallies, figures, problems }: Part): string[] {
	return [
		...tallies.flatMap(({ name, acknowledged, doubled, lost }) => [
			...(acknowledged === 0 ? [`${name}: none was acknowledged`] : []),
			...(doubled > 0 ? [`${name}: ${doubled} are there more than once`] : []),
			...(lost > 0 ? [`${name}: ${lost} were acknowledged and are lost`] : [])
		]),
		...figures
			.filter(({ seconds, most }) => most !== null && !(seconds < most))
			.map(({ name, seconds, most }) => `${name}: ${seconds.toFixed(2)} s, and at most ${most} s are allowed`),
		...problems
	];
}
