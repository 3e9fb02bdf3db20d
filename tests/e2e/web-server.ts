import { readConfig } from '#lib/server/config.ts';
import { disconnectDatabase } from '#lib/server/database/database.ts';
import { startDomain } from '#lib/server/lifecycle.ts';
import { createLogger } from '#lib/server/observability/log.ts';
import { findFreePort } from '../../bin/ports.ts';
import { WEB_COMMAND, startServer, waitUntilHealthy } from '../../bin/servers.ts';
import { createTestDatabase } from '../database-server.ts';

/** How long a stopping server waits for open requests. No test should have to wait that long. */
export const FINISH_SECONDS = 10;

/** The built web app on its own port and database. */
export interface WebServer {
	/** Such as `http://127.0.0.1:41234`. */
	origin: string;
	databaseUrl: string;
	/** The path of its log. */
	logFile: string;
	/** Stops the server, for tests of how a page behaves without one. */
	stop(): Promise<void>;
	/** Starts the server again after `stop`, on the same port and data. */
	start(): Promise<void>;
	/** Stops the server and removes its database. */
	remove(): Promise<void>;
}

/**
 * Starts a server. The domain functions of this process use the same database. `overrides` are configuration keys; `reach`
 * returns the URL under which the server reaches the database.
 */
export async function startWebServer(
	logFile: string,
	overrides: Record<string, string> = {},
	reach = async (databaseUrl: string) => databaseUrl
): Promise<WebServer> {
	const database = await createTestDatabase(process.env.TEST_SERVER_URL ?? '');
	const port = overrides.PORT ?? String(await findFreePort());
	const origin = `http://127.0.0.1:${port}`;
	const settings = { DATABASE_URL: database.url, HOST: '127.0.0.1', PORT: port, ...overrides };
	const reached = { DATABASE_URL: await reach(settings.DATABASE_URL) };
	const env = { PATH: process.env.PATH, FINISH_SECONDS: String(FINISH_SECONDS), ...settings, ...reached };
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
