import { ConfigError } from '#lib/server/config.ts';

/** An environment in which a server cannot start. The message is one sentence for the operator. */
export class StartError extends Error {}

/** Milliseconds for closing database connections, after the time for requests in progress. */
export const CLOSE_MS = 400;

/** The code of a system error, or the message of an error without one. */
export function codeOf(error: unknown): string {
	return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
}

/** The error for a failed listen. `key` is the configuration key of the port. */
export function explainListenFailure(error: unknown, host: string, port: number, key: string): StartError {
	return new StartError(
		codeOf(error) === 'EADDRINUSE'
			? `Port ${port} on ${host} is in use: choose another with ${key}`
			: `The server cannot listen on ${host}:${port} (${codeOf(error)})`
	);
}

/**
 * Starts a server. A configuration or start error is printed without a stack trace and ends the process with status 1.
 */
export async function runServer(start: () => Promise<void>): Promise<void> {
	try {
		await start();
	} catch (error) {
		if (!(error instanceof ConfigError || error instanceof StartError)) throw error;
		process.stderr.write(`${error.message}\n`);
		process.exit(1);
	}
}
