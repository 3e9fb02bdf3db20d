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
	const parser = createParser(args, (command, values) => (parsed = { command, args: values }));
	parser.parse(args, {}, (error: Error | undefined, _argv: unknown, output: string) => {
		if (error)
			throw new UsageError(`${error.message.replace(/\.$/, '')}. --help explains the command.`, { cause: error });
		if (output !== '') parsed = { text: output };
	});
	return parsed ?? { text: '' };
}

/** Returns the help of a command or group, as the parser prints it; of the program for no words. */
export function helpOf(words: string[]): string {
	const parsed = parseArguments([...words, '--help']);
	return 'text' in parsed ? parsed.text : '';
}

type OnCommand = (command: Command, args: Arguments) => void;

function createParser(args: string[], onCommand: OnCommand): Argv {
	const parser = yargs(args)
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
