import { type ExitStatus } from '../../bin/program/define-command.ts';
import { runProgram } from '../../bin/program/run-program.ts';
import type { Site } from '../../bin/program/site.ts';
import { useDatabase } from '../use-database.ts';

/** What a command line did. */
export interface Run {
	status: ExitStatus;
	/** What it printed as its result, and what it reported besides that. */
	lines: string[];
	reported: string[];
	/** The questions that it asked. */
	asked: string[];
}

/** Runs a command line in this process. `answers` are those of the person at the terminal; without them, nobody is there. */
export async function runWith(site: Site, args: string[], answers?: string[]): Promise<Run> {
	const [lines, reported, asked]: [string[], string[], string[]] = [[], [], []];
	const status = await runProgram(
		args,
		{
			write: (line) => void lines.push(...line.split('\n')),
			report: (line) => void reported.push(line),
			ask: async (question) => {
				asked.push(question);
				return answers?.shift() ?? null;
			}
		},
		site
	);
	return { status, lines, reported, asked };
}

/** Gives a test file a database, and command lines that run on it in this process. */
export function useProgram(overrides: Record<string, string> = {}) {
	const database = useDatabase(overrides);
	const site: Site = { readConfig: async () => database.config, withDatabase: (work) => work() };
	return {
		run: (args: string[], answers?: string[]) => runWith(site, args, answers),
		/** Resolves to what the command prints with --json. */
		async json(args: string[]): Promise<unknown> {
			const { lines, reported } = await runWith(site, [...args, '--json']);
			if (lines.length === 0) throw new Error(reported.join('\n'));
			return JSON.parse(lines.join('\n'));
		},
		database
	};
}
