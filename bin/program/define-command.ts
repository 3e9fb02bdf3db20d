import type { InferredOptionTypes, Options, PositionalOptions } from 'yargs';
import type { Operator } from '#lib/server/moderation/audit-records.ts';
import type { Site } from './site.ts';
import type { Terminal } from './terminal.ts';

/** The exit statuses, as in docs/commands.md. */
export const EXIT = { done: 0, failed: 1, usage: 2, remarks: 3, declined: 4 } as const;

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/** What a command prints at its end: `lines` for a person, or `json` with --json. */
export interface Result {
	lines: string[];
	json: unknown;
	/** Default: done. */
	status?: ExitStatus;
}

/** What a command gets besides its arguments. */
export interface Context extends Site {
	terminal: Terminal;
	/** Who runs the command, for audit records. */
	operator: Operator;
}

type Described = { describe: string };
type ParameterDefinitions = Record<
	string,
	Pick<PositionalOptions, 'type' | 'array' | 'choices'> & Described & { demandOption?: boolean }
>;
type OptionDefinitions = Record<string, Options & Described>;

type CamelCase<Name> = Name extends `${infer First}-${infer Rest}` ? `${First}${Capitalize<CamelCase<Rest>>}` : Name;

/** The values of options, by their names in camel case. */
type Values<T extends Record<string, Options>> = {
	[Name in keyof T as CamelCase<Name>]: InferredOptionTypes<T>[Name];
};

/** A command: its definition makes the parser, the help, the completion and docs/commands.md. */
export interface Command<
	Parameters extends ParameterDefinitions = ParameterDefinitions,
	Flags extends OptionDefinitions = OptionDefinitions
> {
	/** One word, or a group and one word: `users list`. */
	name: string;
	/** One sentence without a full stop, subject-less: `Lists users`. */
	summary: string;
	/** What a person needs to know beyond the summary and the options. */
	details?: string;
	/** By position, in order. A parameter is required with `demandOption`, and takes several values with `array`. */
	parameters?: Parameters;
	options?: Flags;
	/** Command lines without `minitwit`, with what they do. */
	examples: [line: string, effect: string][];
	/** Whether the domain is connected to the database while the command runs. */
	usesDatabase?: boolean;
	/**
	 * Runs it. A command that only reports while it runs resolves to nothing, one that failed so to false.
	 * @throws UsageError for unusable arguments; StartError and what describeFailure knows for a failure of the environment
	 */
	run(
		args: Values<Parameters> & Values<Flags> & { json: boolean },
		context: Context
	): Promise<Result | boolean | undefined>;
}

/** Returns a definition; TypeScript infers the types of the arguments of `run` from it. */
export function defineCommand<const P extends ParameterDefinitions, const F extends OptionDefinitions>(
	definition: Command<P, F>
): Command {
	return definition as unknown as Command;
}

/** A required parameter with a text. */
export const required = (describe: string) => ({ describe, type: 'string', demandOption: true }) as const;
