import { ConfigError } from '#lib/server/config.ts';

/** An environment that a server cannot start in; the message is a sentence for whoever starts it. */
export class StartError extends Error {}

/** After the time for requests under way, this long is left to end connections to the database. */
export const CLOSE_MS = 400;

/** The code of a system's error, or its message where it has none. */
export function codeOf(error: unknown): string {
	return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
}

/** The error of a server that could not listen. `key` is the configuration key of its port. */
export function explainListenFailure(error: unknown, host: string, port: number, key: string): StartError {
	return new StartError(
		codeOf(error) === 'EADDRINUSE'
			? `Port ${port} on ${host} is in use: choose another with ${key}`
			: `The server cannot listen on ${host}:${port} (${codeOf(error)})`
	);
}

/** Starts a server. What keeps it from starting is told in a sentence, without a stack, and ends the process. */
export async function runServer(start: () => Promise<void>): Promise<void> {
	try {
		await start();
	} catch (error) {
		if (!(error instanceof ConfigError || error instanceof StartError)) throw error;
		process.stderr.write(`${error.message}\n`);
		process.exit(1);
	}
}
