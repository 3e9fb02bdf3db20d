import { printable } from './terminal.ts';

/** Returns rows as lines with aligned columns. Numbers are aligned at the right. */
export function tableOf(headings: string[], rows: (string | number)[][]): string[] {
	const cells = [headings, ...rows.map((row) => row.map((cell) => printable(String(cell))))];
	const widths = headings.map((_, column) => Math.max(...cells.map((row) => lengthOf(row[column] ?? ''))));
	const isNumber = headings.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'));
	return cells.map((row) =>
		row
			.map((cell, column) => {
				const padding = ' '.repeat((widths[column] ?? 0) - lengthOf(cell));
				return isNumber[column] ? padding + cell : cell + padding;
			})
			.join('  ')
			.trimEnd()
	);
}

const lengthOf = (text: string) => [...text].length;

/** Returns a time to the second, in UTC; nothing for null. */
export function timeOf(date: Date | null): string {
	return date ? date.toISOString().replace('T', ' ').replace(/\.\d+/, '') : '';
}

/** Returns a count with its noun: `1 message`, `2 messages`. */
export function countOf(count: number, noun: string): string {
	return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
