import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import yargs, { type Argv } from 'yargs';
import { COMMANDS, GROUPS } from '../commands/commands.ts';
import type { Command } from './define-command.ts';
import { UsageError } from './option-values.ts';

/** Arguments as parsed. */
export type Arguments = Record<string, unknown>;

/** What a command line asks for: a command, or a text such as the help. */
export type Parsed = { command: Command; args: Arguments } | { text: string };

const PARSING = {
	'boolean-negation': false,
	'dot-notation': false,
	'parse-numbers': false,
	'parse-positional-numbers': false,
	'greedy-arrays': false
};

const WIDTH = 100;

/** What the parser's own sentences become. */
const SENTENCES = {
	'Unknown argument: %s': { one: 'Unknown option or argument: %s', other: 'Unknown options or arguments: %s' },
	'Unknown command: %s': { one: 'Unknown command: %s', other: 'Unknown commands: %s' },
	'Not enough non-option arguments: got %s, need at least %s': {
		one: 'An argument is missing (given: %s, needed: %s)',
		other: 'An argument is missing (given: %s, needed: %s)'
	},
	'Not enough arguments following: %s': 'A value is missing after --%s',
	'Positionals:': 'Arguments:',
	'Show help': 'show this help',
	'Show version number': 'print the version'
} as unknown as Record<string, string>;

const DOCUMENTATION = 'Options, exit statuses and configuration: docs/commands.md';

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
	return end < 0 ? args : [...args.slice(0, end), ...args.slice(end + 1).map((text) => LITERAL + text)];
}

function unmark(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(unmark);
	return typeof value === 'string' && value.startsWith(LITERAL) ? value.slice(LITERAL.length) : value;
}

/** Returns the help of a command or group, as the parser prints it; of the program for no words. */
export function helpOf(words: string[]): string {
	const parsed = parseArguments([...words, '--help']);
	return 'text' in parsed ? parsed.text : '';
}

type OnCommand = (command: Command, args: Arguments) => void;

function createParser(onCommand: OnCommand): Argv {
	const parser = yargs()
		.scriptName('minitwit')
		.usage('$0 COMMAND\n\nRuns and looks after a MiniTwit.')
		.parserConfiguration(PARSING)
		.detectLocale(false)
		.updateStrings(SENTENCES)
		.wrap(WIDTH)
		.version(readVersion())
		.completion('completion', 'Prints a script that completes commands and options in bash or zsh')
		.epilogue(DOCUMENTATION)
		.alias('h', 'help');
	for (const name of Map.groupBy(COMMANDS, ({ name }) => groupOf(name)).keys()) addGroup(parser, name, onCommand);
	return finish(parser);
}

const groupOf = (name: string) => (name.includes(' ') ? name.slice(0, name.indexOf(' ')) : '');

function addGroup(parser: Argv, group: string, onCommand: OnCommand): void {
	const commands = COMMANDS.filter(({ name }) => groupOf(name) === group);
	if (group === '') return commands.forEach((command) => addCommand(parser, command, onCommand));
	parser.command(group, GROUPS[group] ?? '', (inner) => {
		commands.forEach((command) => addCommand(inner, command, onCommand));
		return finish(inner.version(false).usage(`$0 ${group} COMMAND\n\n${GROUPS[group]}.`));
	});
}

/** Refuses what no definition names, without the whole help. */
const finish = (parser: Argv) =>
	parser.demandCommand(1, 'Say which command').recommendCommands().strict().showHelpOnFail(false).help();

function addCommand(parser: Argv, command: Command, onCommand: OnCommand): void {
	const { name, summary, details, parameters = {}, options = {}, examples } = command;
	const positions = Object.entries(parameters).map(([parameter, { demandOption, array }]) => {
		const text = array ? `${parameter}..` : parameter;
		return demandOption ? `<${text}>` : `[${text}]`;
	});
	parser.command(
		[name.split(' ').at(-1) ?? '', ...positions].join(' '),
		summary,
		(inner) => {
			inner
				.version(false)
				.usage([`$0 ${[name, ...positions].join(' ')}`, `${summary}.${details ? ` ${details}` : ''}`].join('\n\n'));
			for (const [parameter, definition] of Object.entries(parameters)) inner.positional(parameter, definition);
			inner.options(options).example(examples.map(([line, effect]) => [`$0 ${line}`, effect]));
			inner.option('json', { describe: 'print the result as JSON', type: 'boolean', default: false });
			return inner.strict().check((values) => refuseRepeated(options, values));
		},
		(values) => onCommand(command, values)
	);
}

/** An option that is given twice would otherwise be an array. */
function refuseRepeated(options: NonNullable<Command['options']>, values: Arguments): true {
	const repeated = Object.keys(options).find((name) => !options[name]?.array && Array.isArray(values[name]));
	if (repeated !== undefined) throw new UsageError(`--${repeated} can be given only once`);
	return true;
}

function readVersion(): string {
	return JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')).version;
}
