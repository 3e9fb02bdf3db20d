import { type ParseArgsConfig, parseArgs } from 'node:util';

/** Parses the flags of a developers' script. Prints its usage for `--help`, or what is wrong with a flag, and exits. */
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
		return parseArgs({ args, options }).values;
	} catch (error) {
		console.error(`${(error as Error).message.split('. ')[0]}. --help lists the flags.`);
		process.exit(2);
	}
}
