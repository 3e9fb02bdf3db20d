import { closeSync, existsSync, openSync, renameSync, rmSync } from 'node:fs';
import { StartError } from '../failures.ts';

/** What is sent by Ctrl-C, by a service manager and by a terminal that closes. */
const INTERRUPTIONS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Creates a file that only its owner can read. `write` gets the name PATH.part, which becomes PATH when it is complete, and
 * is removed after a failure or an interruption.
 * @throws StartError if one of the two exists or cannot be created
 */
export async function writeNewFile<T>(path: string, write: (part: string) => Promise<T>): Promise<T> {
	const part = `${path}.part`;
	requireNone(path);
	create(part);
	const interrupt = (signal: NodeJS.Signals) => {
		rmSync(part, { force: true });
		for (const name of INTERRUPTIONS) process.off(name, interrupt);
		process.kill(process.pid, signal); // now it ends the process
	};
	for (const name of INTERRUPTIONS) process.on(name, interrupt);
	try {
		const result = await write(part);
		requireNone(path);
		renameSync(part, path);
		return result;
	} catch (error) {
		rmSync(part, { force: true });
		throw error;
	} finally {
		for (const name of INTERRUPTIONS) process.off(name, interrupt);
	}
}

function requireNone(path: string): void {
	if (existsSync(path)) throw new StartError(`The export cannot be written: ${path} exists already.`);
}

function create(part: string): void {
	try {
		closeSync(openSync(part, 'wx', 0o600));
	} catch (error) {
		const { code, message } = error as NodeJS.ErrnoException;
		const reason =
			code === 'EEXIST' ? `${part} is left from an interrupted export, or belongs to one that runs` : message;
		throw new StartError(`The export cannot be written: ${reason}.`);
	}
}
