import { spawn } from 'node:child_process';

/** `npm start` as a child process. */
export interface Launcher {
	/** All that it has written so far. */
	output(): string;
	/** Resolves once its output matches; rejects if it ends first. */
	says(pattern: RegExp): Promise<RegExpExecArray>;
	/** Resolves to its exit code. */
	ended: Promise<number | null>;
	pid: number;
	kill(signal: NodeJS.Signals): void;
}

/** Starts it with these variables; of this process's own it gets only PATH and HOME. */
export function launch(keys: Record<string, string>): Launcher {
	const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...keys };
	const child = spawn(process.execPath, ['bin/minitwit.js', 'start'], { env });
	let output = '';
	const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
	for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += part));
	return {
		output: () => output,
		ended,
		pid: child.pid ?? 0,
		kill: (signal) => void child.kill(signal),
		says: (pattern) =>
			new Promise((resolve, reject) => {
				const look = () => {
					const found = pattern.exec(output);
					if (found) resolve(found);
				};
				for (const stream of [child.stdout, child.stderr]) stream.on('data', look);
				void ended.then(() => reject(new Error(`It ended after the output: ${output}`)));
				look();
			})
	};
}
