import { createInterface } from 'node:readline/promises';

/** Where a command prints, and whom it asks. Tests replace it. */
export interface Terminal {
	/** Prints a line of the result. */
	write(line: string): void;
	/** Prints a line about what happens, which is not part of the result. */
	report(line: string): void;
	/** Asks a question. Resolves to the answer, or to null if nobody is there to answer. */
	ask(question: string): Promise<string | null>;
}

/** Controls, which a terminal may obey, and what ends a line or changes the direction of the text around it. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** Returns a text that a terminal shows and does not obey, on one line. */
export function printable(text: string): string {
	return text.replace(/\r?\n/g, '↵').replace(UNPRINTABLE, '?');
}

/** Returns a value as JSON that a terminal does not obey either. */
export function printableJson(value: unknown): string {
	return JSON.stringify(value, null, '\t').replace(UNPRINTABLE, (character) =>
		character === '\n' || character === '\t' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
	);
}

/** The terminal of this process. Questions go to stderr, because stdout may be a file. */
export const processTerminal: Terminal = {
	write: (line) => console.log(line),
	report: (line) => console.error(line),
	async ask(question) {
		if (!process.stdin.isTTY || !process.stderr.isTTY) return null;
		const lines = createInterface({ input: process.stdin, output: process.stderr });
		try {
			return await lines.question(`${printable(question)} `);
		} finally {
			lines.close();
		}
	}
};
