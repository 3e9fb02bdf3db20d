import { join } from 'node:path';
import { findFreePort } from '../../bin/ports.ts';
import { API_COMMAND, WEB_COMMAND, startServer, waitUntilHealthy } from '../../bin/servers.ts';

const COMMANDS = { web: WEB_COMMAND, api: API_COMMAND };

/** One of several servers of the same kind, as a swarm runs them. */
export interface Replica {
	/** Such as `http://127.0.0.1:41234`. */
	origin: string;
	port: number;
	/** The path of its log, which each start truncates. */
	logFile: string;
	/** Starts it, always on the same port, and waits until it is healthy. */
	start(): Promise<void>;
	/** Stops it gracefully. */
	stop(): Promise<void>;
	/** Makes it keep serving for DRAIN_SECONDS and then stop, as a rolling update does. */
	leave(): Promise<void>;
	/** Kills it. */
	kill(): Promise<void>;
}

/** Starts a web or an API server on a database. `overrides` are configuration keys; logs are written to `folder`. */
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
