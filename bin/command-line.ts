import { type ParseArgsConfig, parseArgs } from 'node:util';
import { describeFailure } from './failures.ts';

/** An unusable flag, file or address. The message is for the person at the terminal. */
export class UsageError extends Error {}

/**
 * Runs a command; `--help` only prints its usage. Exit status: 0 for success, 1 for a failure (the command
 * resolves to false or rejects), 2 for a usage error.
 */
export async function runCommand(
	usage: string,
	command: (args: string[]) => Promise<unknown>,
	args = process.argv.slice(2)
): Promise<void> {
	if (args.includes('--help')) return console.log(usage);
	try {
		if ((await command(args)) === false) process.exitCode = 1;
	} catch (error) {
		const isUsage = error instanceof UsageError;
		console.error(isUsage ? error.message : (describeFailure(error) ?? error));
		process.exitCode = isUsage ? 2 : 1;
	}
}

/**
 * Parses a command's flags. Returns their values.
 * @throws UsageError that names the first bad flag
 */
export function parseFlags<Options extends NonNullable<ParseArgsConfig['options']>>(args: string[], options: Options) {
	try {
		return parseArgs({ args, options }).values;
	} catch (error) {
		throw new UsageError(`${(error as Error).message.split('. ')[0]}. --help lists the flags.`);
	}
}

/**
 * Parses the arguments of a command that takes one and no flags. Returns it.
 * @throws UsageError
 */
export function readArgument(args: string[], meaning: string): string {
	const [argument, ...others] = args.filter((text) => text !== '--');
	if (argument !== undefined && argument !== '' && others.length === 0) return argument;
	throw new UsageError(`One ${meaning} is needed, in quotation marks if it contains a space. --help shows an example.`);
}

/** Parses the flags of a script. Prints its usage for `--help`, or what is wrong with a flag, and exits. */
export function flagsOfScript<Options extends NonNullable<ParseArgsConfig['options']>>(
	usage: string,
	options: Options
) {
	const args = process.argv.slice(2);
	if (args.includes('--help')) {
		console.log(usage);
		process.exit(0);
	}
	try {
		return parseFlags(args, options);
	} catch (error) {
		console.error((error as UsageError).message);
		process.exit(2);
	}
}

/** @throws UsageError */
export function readNumber(flag: string, text: string, least: number, most = 1_000_000_000): number {
	const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
	if (value >= least && value <= most) return value;
	throw new UsageError(`--${flag} must be a whole number from ${least} to ${most}, not ${JSON.stringify(text)}.`);
}

/** @throws UsageError */
export function readUrl(flag: string, text: string): URL {
	const url = URL.canParse(text) ? new URL(text) : null;
	if (url && /^https?:$/.test(url.protocol)) return url;
	throw new UsageError(`--${flag} must be an address such as http://127.0.0.1:5001, not ${JSON.stringify(text)}.`);
}

/**
 * Parses a speed. Returns a factor of the original speed; `Infinity` for no pauses.
 * @throws UsageError
 */
export function readSpeed(text: string): number {
	if (text === 'max') return Infinity;
	if (text === 'original') return 1;
	if (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0) return Number(text);
	throw new UsageError(`--speed must be original, max or a factor such as 2.5, not ${JSON.stringify(text)}.`);
}

/**
 * Parses a duration. Returns milliseconds.
 * @throws UsageError
 */
export function readTime(flag: string, text: string): number {
	const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(text) ?? [];
	const milliseconds = Number(amount) * (unit === 's' ? 1_000 : 1);
	if (milliseconds >= 1 && milliseconds <= 3_600_000) return milliseconds;
	throw new UsageError(`--${flag} must be a time such as 300ms or 2s, not ${JSON.stringify(text)}.`);
}
