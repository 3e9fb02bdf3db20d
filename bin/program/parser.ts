import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import yargs, { type Argv } from 'yargs';
import { COMMANDS, GROUPS } from '../commands/commands.ts';
import type { Command } from './define-command.ts';
import { UsageError } from './option-values.ts';

/** Arguments as parsed. */
export type Arguments = Record<string, unknown>;

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

type OnCommand = (command: Command, args: Arguments) => void;

/** Builds the parser from the definitions of the commands. It calls `onCommand` with the command that was asked for. */
export function createParser(onCommand: OnCommand): Argv {
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
			inner.options(once(options)).example(examples.map(([line, effect]) => [`$0 ${line}`, effect]));
			inner.option('json', { describe: 'print the result as JSON', type: 'boolean', default: false });
			return inner.strict();
		},
		(values) => onCommand(command, values)
	);
}

/** Refuses an option that is given twice, which would otherwise be an array. */
function once(options: NonNullable<Command['options']>): NonNullable<Command['options']> {
	const entries = Object.entries(options).map(([name, { coerce = (value: unknown) => value, ...option }]) => {
		const readOne = (value: unknown) => {
			if (Array.isArray(value)) throw new UsageError(`--${name} can be given only once`);
			return coerce(value);
		};
		return [name, option.array ? option : { ...option, coerce: readOne }];
	});
	return Object.fromEntries(entries);
}

function readVersion(): string {
	return JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')).version;
}
