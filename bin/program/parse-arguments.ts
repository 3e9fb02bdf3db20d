import type { Command } from './define-command.ts';
import { UsageError } from './option-values.ts';
import { type Arguments, createParser } from './parser.ts';

/** What a command line asks for: a command, or a text such as the help. */
export type Parsed = { command: Command; args: Arguments } | { text: string };

/** @throws UsageError */
export function parseArguments(args: string[]): Parsed {
	let parsed: Parsed | null = null;
	const parser = createParser((command, values) => {
		parsed = { command, args: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, unmark(value)])) };
	});
	parser.parse(markLiterals(args), {}, (error: Error | undefined, _argv: unknown, output: string) => {
		// The first of several sentences is the output; the error is the last.
		if (error) throw new UsageError(explain(output || error.message), { cause: error });
		if (output !== '') parsed = { text: output };
	});
	return parsed ?? { text: '' };
}

/** Ends a sentence of the parser, and adds where to find help. */
function explain(text: string): string {
	const sentence = text
		.trim()
		.replaceAll(LITERAL, '')
		.replace(/\s*\n\s*/g, ' ');
	return `${sentence}${/[.?]$/.test(sentence) ? '' : '.'} --help explains the command.`;
}

/** Marks an argument after `--`, which the parser would not give to a command. No argument can contain it. */
const LITERAL = '\0';

function markLiterals(args: string[]): string[] {
	const end = args.indexOf('--');
	return end < 0 || args.includes('--get-yargs-completions')
		? args
		: [...args.slice(0, end), ...args.slice(end + 1).map((text) => LITERAL + text)];
}

function unmark(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(unmark);
	return typeof value === 'string' && value.startsWith(LITERAL) ? value.slice(LITERAL.length) : value;
}
