import { join } from 'node:path';
import { findFreePort } from '../../bin/ports.ts';
import { API_COMMAND, WEB_COMMAND, startServer, waitUntilHealthy } from '../../bin/servers.ts';

const COMMANDS = { web: WEB_COMMAND, api: API_COMMAND };

/** One of several servers of a kind, as a swarm runs them. */
export interface Replica {
	/** Such as `http://127.0.0.1:41234`. */
	origin: string;
	port: number;
	/** Where its log lines are; a start begins it anew. */
	logFile: string;
	/** Starts it, on the same port each time, and waits until it is healthy. */
	start(): Promise<void>;
	/** Asks it to stop. */
	stop(): Promise<void>;
	/** Asks it to serve on for DRAIN_SECONDS and then to stop, as a rolling update does. */
	leave(): Promise<void>;
	/** Ends it without asking. */
	kill(): Promise<void>;
}

/** Starts a web or an API server on a database. `overrides` are configuration keys; logs go into `folder`. */
export async function startReplica(
	kind: keyof typeof COMMANDS,
	databaseUrl: string,
	folder: string,
	overrides: Record<string, string> = {}
): Promise<Replica> {
	const port = await findFreePort();
	const origin = `http://127.0.0.1:${port}`;
	const logFile = join(folder, `${kind}-${port}.log`);
	const address = { HOST: '127.0.0.1', PORT: String(port), API_PORT: String(port), ORIGIN: origin };
	const env = { PATH: process.env.PATH, DATABASE_URL: databaseUrl, ...address, ...overrides };
	const launch = () => startServer(kind, COMMANDS[kind], env, logFile);
	let server = launch();
	const requireHealth = async () => {
		const problem = await waitUntilHealthy(server, origin);
		if (problem) throw new Error(problem);
	};
	await requireHealth();
	return {
		origin,
		port,
		logFile,
		async start() {
			server = launch();
			await requireHealth();
		},
		stop: () => server.stop(),
		leave: () => server.leave(),
		kill: () => server.kill()
	};
}
