import { userInfo } from 'node:os';
import type { Operator } from '#lib/server/moderation/audit-records.ts';
import { describeFailure } from '../failures.ts';
import { DeclinedError } from './changes.ts';
import { type Command, EXIT, type ExitStatus, type Result } from './define-command.ts';
import { UsageError } from './option-values.ts';
import { parseArguments } from './parse-arguments.ts';
import type { Arguments } from './parser.ts';
import { type Site, localSite } from './site.ts';
import { type Terminal, printable, printableJson, processTerminal } from './terminal.ts';

/** Runs a command line and prints its result. Resolves to the exit status. Never rejects. */
export async function runProgram(
	args: string[],
	terminal: Terminal = processTerminal,
	site: Site = localSite
): Promise<ExitStatus> {
	try {
		const parsed = parseArguments(args);
		if ('command' in parsed) return await runCommand(parsed.command, parsed.args, terminal, site);
		terminal.write(parsed.text);
		return EXIT.done;
	} catch (error) {
		return explain(error, terminal);
	}
}

async function runCommand(command: Command, args: Arguments, terminal: Terminal, site: Site): Promise<ExitStatus> {
	const context = { ...site, terminal, operator: findOperator(args.by) };
	const run = () => command.run(args as never, context);
	const result = await (command.usesDatabase ? site.withDatabase(run) : run());
	if (typeof result !== 'object') return result === false ? EXIT.failed : EXIT.done;
	print(result, args.json === true, terminal);
	return result.status ?? EXIT.done;
}

function print({ json, lines }: Result, isJson: boolean, terminal: Terminal): void {
	if (isJson) terminal.write(printableJson(json));
	else for (const line of lines) terminal.write(printable(line));
}

function explain(error: unknown, terminal: Terminal): ExitStatus {
	if (error instanceof UsageError || error instanceof DeclinedError) {
		terminal.report(printable(error.message));
		return error instanceof UsageError ? EXIT.usage : EXIT.declined;
	}
	const sentence = describeFailure(error);
	if (sentence !== null) terminal.report(printable(sentence));
	else console.error(error);
	return EXIT.failed;
}

/** The person at the command line. In a container, all are the same, unless --by says who. */
function findOperator(by: unknown): Operator {
	if (typeof by === 'string' && by.trim() !== '') return { kind: 'operator', name: by.trim() };
	try {
		return { kind: 'operator', name: process.env.SUDO_USER || userInfo().username };
	} catch {
		return { kind: 'operator', name: `uid ${process.getuid?.()}` };
	}
}
