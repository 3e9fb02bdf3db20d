import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, readConfig } from '#lib/server/config.ts';
import { DEMO_PASSWORD, DEMO_PERSON } from '#lib/server/demo/demo-data.ts';
import { migrate } from '#lib/server/database/migrations.ts';
import { checkSimulatorPassword } from '#lib/server/accounts/published-passwords.ts';
import { localAddress } from '#lib/server/listening/own-host.ts';
import { readEnvironment } from './environment.ts';
import { StartError } from './failures.ts';
import { openLocalDatabase } from './local-database.ts';
import { tryPort } from './ports.ts';
import { withProgress } from './progress.ts';
import { seedIfEmpty } from './seed-if-empty.ts';
import { API_COMMAND, type Server, WEB_COMMAND, startServer, waitUntilHealthy } from './servers.ts';

/* Runs a database, the web app and the API as one unit that starts and stops together. */

/** A placeholder until the local database has started. */
const UNKNOWN_DATABASE = 'postgres://localhost';

/** If any of these is set, no local database is started. */
const DATABASE_KEYS = ['DATABASE_URL', 'DATABASE_DIRECT_URL', 'DATABASE_READ_URL'];

/** Started components, in order; they stop in reverse order. */
const started: { stop(): Promise<void> }[] = [];

const interruption = new AbortController();
const interrupted = new Promise<null>((resolve) => interruption.signal.addEventListener('abort', () => resolve(null)));

/**
 * Runs everything until the process is asked to end. `isDev` runs the sources and reloads them on changes.
 * @throws StartError
 */
export async function start(isDev: boolean): Promise<void> {
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interruption.abort());
	try {
		const env = readEnvironment();
		const servers = await startAll(env, isDev);
		const failure = await Promise.race([interrupted, ...servers.map(describeEnd)]);
		if (failure !== null) throw new StartError(failure);
	} catch (error) {
		// Failures after Ctrl-C are consequences of it.
		if (!interruption.signal.aborted) throw error;
	} finally {
		await stopAll();
	}
}

async function startAll(env: NodeJS.ProcessEnv, isDev: boolean): Promise<Server[]> {
	const isLocal = !DATABASE_KEYS.some((key) => env[key] || env[`${key}_FILE`]);
	const settings = isLocal ? { ...env, DATABASE_URL: UNKNOWN_DATABASE } : env;
	const wanted = readConfig(settings);
	await requireFreePorts(wanted);
	const problem = checkSimulatorPassword(wanted);
	if (problem) throw new StartError(`${problem}.`);
	const folder = env.DATA_FOLDER || '.data';
	mkdirSync(folder, { recursive: true });
	if (isLocal) {
		const database = await withProgress('Starting PostgreSQL', () => openLocalDatabase(folder));
		started.push(database);
		settings.DATABASE_URL = database.url;
	}
	const config = readConfig(settings);
	interruption.signal.throwIfAborted();
	await withProgress('Updating the database', () => migrate(config.DATABASE_DIRECT_URL, config.MIGRATIONS_FOLDER));
	interruption.signal.throwIfAborted();
	const hasDemoData = isLocal && (!config.isExposed || config.ACCEPT_DEMO_ACCOUNTS);
	if (hasDemoData) await withProgress('Creating demo data', () => seedIfEmpty(config.DATABASE_URL));
	interruption.signal.throwIfAborted();
	const servers = await startServers(settings, config, folder, isDev);
	announce(config, isDev ? null : folder, hasDemoData);
	return servers;
}

async function requireFreePorts({ HOST, PORT, API_PORT }: Config): Promise<void> {
	if (PORT === API_PORT) throw new StartError(`PORT and API_PORT are both ${PORT}: change one of them.`);
	for (const [key, port] of Object.entries({ PORT, API_PORT })) {
		const state = await tryPort(HOST, port);
		if (state === 'free') continue;
		if (state === 'EADDRINUSE') {
			throw new StartError(
				`Port ${port} is in use: stop the program that listens there (perhaps MiniTwit itself), or set ${key}.`
			);
		}
		if (state === 'EACCES') throw new StartError(`Port ${port} is reserved for root: set ${key} to a port above 1023.`);
		throw new StartError(`Nothing can listen on ${HOST} (${state}): set HOST to an address of this machine.`);
	}
}

async function startServers(
	settings: NodeJS.ProcessEnv,
	config: Config,
	folder: string,
	isDev: boolean
): Promise<Server[]> {
	const [web, api] = [localAddress(config.HOST, config.PORT), localAddress(config.HOST, config.API_PORT)];
	const env = {
		// The cache saves stripping TypeScript at later starts: they are faster and need 20 MB less.
		NODE_COMPILE_CACHE: join(folder, 'compile-cache'),
		...settings,
		HOST: config.HOST,
		PORT: String(config.PORT)
	};
	const vite = ['node_modules/vite/bin/vite.js', 'dev', '--host', config.HOST, '--port', env.PORT, '--strictPort'];
	const logFile = (name: string) => (isDev ? null : join(folder, name));
	const servers = [
		startServer('web app', isDev ? vite : WEB_COMMAND, env, logFile('web.log')),
		startServer('API', [...(isDev ? ['--watch'] : []), ...API_COMMAND], env, logFile('api.log'))
	];
	started.push({ stop: async () => void (await Promise.all(servers.map((server) => server.stop()))) });
	await withProgress('Starting the web app and the API', async () => {
		const health = servers.map((server, index) =>
			waitUntilHealthy(server, [web, api][index] ?? '', interruption.signal)
		);
		// Fail at the first failure; ignore failures once both servers are healthy.
		const failure = await Promise.race([
			Promise.all(health).then((answers) => answers.find((answer) => answer !== null) ?? null),
			...health.map(async (answer) => (await answer) ?? new Promise<never>(() => undefined))
		]);
		if (failure !== null) throw new StartError(failure);
	});
	return servers;
}

/** `folder` has the logs; null if they are on the terminal. */
function announce({ HOST, PORT, API_PORT }: Config, folder: string | null, hasDemoData: boolean): void {
	const lines = [
		`Web app  ${localAddress(HOST, PORT)}`,
		`API      ${localAddress(HOST, API_PORT)} (documentation: ${localAddress(HOST, API_PORT)}/docs)`,
		...(hasDemoData ? [`Log in   ${DEMO_PERSON} with the password "${DEMO_PASSWORD}"`] : []),
		...(folder === null ? [] : [`Logs     ${join(folder, 'web.log')} and ${join(folder, 'api.log')}`]),
		'Ctrl-C stops everything.'
	];
	console.log(`\n${lines.join('\n')}\n`);
}

async function describeEnd(server: Server): Promise<string> {
	return `The ${server.name} exited, so everything else was stopped: ${await server.ended}`;
}

async function stopAll(): Promise<void> {
	for (const part of started.reverse()) await part.stop();
}
