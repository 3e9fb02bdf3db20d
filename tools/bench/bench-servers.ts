import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SQL, connectDatabase, disconnectDatabase, execute } from '#lib/server/database/database.ts';
import { migrate } from '#lib/server/database/migrations.ts';
import { startEmbeddedPostgres } from '../../bin/embedded-postgres.ts';
import { findFreePort } from '../../bin/ports.ts';
import { API_COMMAND, type Server, WEB_COMMAND, startServer, waitUntilHealthy } from '../../bin/servers.ts';

/** A kind of server to measure. */
export type ServerKind = 'bare' | 'api' | 'web';

const COMMANDS: Record<ServerKind, string[]> = {
	bare: ['tools/bench/bare-server.ts'],
	api: API_COMMAND,
	web: WEB_COMMAND
};

export interface BenchServers {
	/** Creates a database with the current schema. Resolves to its URL. */
	createDatabase(name: string): Promise<string>;
	/** Starts a server on a database. */
	start(kind: ServerKind, databaseUrl: string): Promise<{ origin: string; startMs: number; stop(): Promise<void> }>;
	/** Stops everything and removes the data. */
	stop(): Promise<void>;
}

/**
 * Starts PostgreSQL with default settings, fsync included, in a temporary folder; servers on it run as child processes.
 */
export async function startBenchServers(): Promise<BenchServers> {
	const folder = mkdtempSync(join(tmpdir(), 'minitwit-bench-'));
	const postgres = await startEmbeddedPostgres(folder, { max_connections: '200' });
	const servers: Server[] = [];
	return {
		async createDatabase(name) {
			connectDatabase({ url: postgres.urlOf('postgres'), poolSize: 1 });
			await execute(SQL`CREATE DATABASE `.append(name));
			await disconnectDatabase();
			await migrate(postgres.urlOf(name), 'sql/migrations');
			return postgres.urlOf(name);
		},
		async start(kind, databaseUrl) {
			const port = String(await findFreePort());
			const origin = `http://127.0.0.1:${port}`;
			const address = { HOST: '127.0.0.1', PORT: port, API_PORT: port, ORIGIN: origin };
			const env = {
				...process.env,
				...address,
				DATABASE_URL: databaseUrl,
				NODE_COMPILE_CACHE: join(folder, 'compile-cache')
			};
			const began = performance.now();
			// Logs go to a file, as in production.
			const server = startServer(kind, COMMANDS[kind], env, join(folder, `${kind}-${port}.log`));
			servers.push(server);
			const problem = await waitUntilHealthy(server, origin);
			if (problem) throw new Error(problem);
			return { origin, startMs: performance.now() - began, stop: () => server.stop() };
		},
		async stop() {
			await Promise.all(servers.map((server) => server.stop()));
			await postgres.stop();
			rmSync(folder, { recursive: true, force: true });
		}
	};
}

/** Builds the web app if there is no build. */
export function buildWebApp(): void {
	if (!existsSync('build/handler.js'))
		execFileSync('npx', ['vite', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] });
}
