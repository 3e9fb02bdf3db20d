import { readConfig } from '#lib/server/config.ts';
import { disconnectDatabase } from '#lib/server/database/database.ts';
import { startDomain } from '#lib/server/lifecycle.ts';
import { createLogger } from '#lib/server/observability/log.ts';
import { findFreePort } from '../../bin/ports.ts';
import { WEB_COMMAND, startServer, waitUntilHealthy } from '../../bin/servers.ts';
import { createTestDatabase } from '../database-server.ts';

/** After so long a server that stops drops what has not ended: by then no test should have to wait. */
export const FINISH_SECONDS = 10;

/** The built web app on a port and a database of its own. */
export interface WebServer {
	/** Such as `http://127.0.0.1:41234`. */
	origin: string;
	databaseUrl: string;
	/** Where its log lines are. */
	logFile: string;
	/** Takes it off the net, for tests of what a page does without a server. */
	stop(): Promise<void>;
	/** Brings it up; on the same port and data after `stop`. */
	start(): Promise<void>;
	/** Stops it and removes its database. */
	remove(): Promise<void>;
}

/** Starts one. The domain functions of this process work on the same database. `overrides` are configuration keys. */
export async function startWebServer(logFile: string, overrides: Record<string, string> = {}): Promise<WebServer> {
	const database = await createTestDatabase(process.env.TEST_SERVER_URL ?? '');
	const port = overrides.PORT ?? String(await findFreePort());
	const origin = `http://127.0.0.1:${port}`;
	const settings = { DATABASE_URL: database.url, HOST: '127.0.0.1', PORT: port, ...overrides };
	const env = { PATH: process.env.PATH, FINISH_SECONDS: String(FINISH_SECONDS), ...settings };
	startDomain(readConfig(settings), createLogger('test', 'silent'));

	let server = startServer('web app', WEB_COMMAND, env, logFile);
	const requireHealth = async () => {
		const failure = await waitUntilHealthy(server, origin);
		if (failure) throw new Error(failure);
	};
	await requireHealth();
	return {
		origin,
		databaseUrl: database.url,
		logFile,
		stop: () => server.stop(),
		async start() {
			server = startServer('web app', WEB_COMMAND, env, logFile);
			await requireHealth();
		},
		async remove() {
			await server.stop();
			await disconnectDatabase();
			await database.drop();
		}
	};
}
