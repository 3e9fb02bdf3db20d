import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, readConfig } from '#lib/server/config.ts';
import { DEMO_PASSWORD, DEMO_PERSON } from '#lib/server/demo/demo-data.ts';
import { migrate } from '#lib/server/database/migrations.ts';
import { checkSimulatorPassword } from '#lib/server/accounts/published-passwords.ts';
import { readEnvironment } from './environment.ts';
import { runCommand } from './command-line.ts';
import { StartError } from './failures.ts';
import { openLocalDatabase } from './local-database.ts';
import { tryPort } from './ports.ts';
import { withProgress } from './progress.ts';
import { seedIfEmpty } from './seed.ts';
import { API_COMMAND, type Server, WEB_COMMAND, startServer, waitUntilHealthy } from './servers.ts';

/*
 * npm start: a database, the web app and the API, as one thing that starts and stops together. With
 * --dev the sources themselves run, and change while they do.
 */

const isDev = process.argv.includes('--dev');

const USAGE = `npm start     runs the web app and the API, with a PostgreSQL of their own unless DATABASE_URL names one
npm run dev   the same from the sources, which reload when they change

Keys of the configuration, from the environment or .env, are in README.md and .env.example.`;

/** Takes the place of the real address while the database has not been started. */
const UNKNOWN_DATABASE = 'postgres://localhost';

/** Whoever sets one of them has a database. */
const DATABASE_KEYS = ['DATABASE_URL', 'DATABASE_DIRECT_URL', 'DATABASE_READ_URL'];

/** What has been started, in that order; it is stopped in the reverse. */
const started: { stop(): Promise<void> }[] = [];

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interruption.abort());
const interrupted = new Promise<null>((resolve) => interruption.signal.addEventListener('abort', () => resolve(null)));

await runCommand(USAGE, async () => {
	try {
		const env = readEnvironment();
		const servers = await startAll(env);
		const failure = await Promise.race([interrupted, ...servers.map(describeEnd)]);
		if (failure !== null) throw new StartError(failure);
	} catch (error) {
		// Whatever fails after Ctrl-C fails because of it.
		if (!interruption.signal.aborted) throw error;
	} finally {
		await stopAll();
	}
});

async function startAll(env: NodeJS.ProcessEnv): Promise<Server[]> {
	const isLocal = !DATABASE_KEYS.some((key) => env[key] || env[`${key}_FILE`]);
	const settings = isLocal ? { ...env, DATABASE_URL: UNKNOWN_DATABASE } : env;
	const wanted = readConfig(settings);
	await requireFreePorts(wanted);
	const fault = checkSimulatorPassword(wanted);
	if (fault) throw new StartError(`${fault}.`);
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
	if (hasDemoData) await withProgress('Making demo data', () => seedIfEmpty(config.DATABASE_URL));
	interruption.signal.throwIfAborted();
	const servers = await startServers(settings, config, folder);
	announce(config, folder, hasDemoData);
	return servers;
}

async function requireFreePorts({ HOST, PORT, API_PORT }: Config): Promise<void> {
	if (PORT === API_PORT) throw new StartError(`PORT and API_PORT are both ${PORT}: set one of them to another.`);
	for (const [key, port] of Object.entries({ PORT, API_PORT })) {
		const state = await tryPort(HOST, port);
		if (state === 'free') continue;
		if (state === 'EADDRINUSE') {
			throw new StartError(`Port ${port} is in use: stop what listens there (perhaps MiniTwit itself), or set ${key}.`);
		}
		if (state === 'EACCES') throw new StartError(`Port ${port} is for root alone: set ${key} to one above 1023.`);
		throw new StartError(`Nothing can listen on ${HOST} (${state}): set HOST to an address of this machine.`);
	}
}

async function startServers(settings: NodeJS.ProcessEnv, config: Config, folder: string): Promise<Server[]> {
	const [web, api] = [addressOf(config.HOST, config.PORT), addressOf(config.HOST, config.API_PORT)];
	const env = {
		// From the second start on, TypeScript need not be stripped again: quicker, and 20 MB less.
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
		// The first failure counts at once, and no failure once both are there.
		const failure = await Promise.race([
			Promise.all(health).then((answers) => answers.find((answer) => answer !== null) ?? null),
			...health.map(async (answer) => (await answer) ?? new Promise<never>(() => undefined))
		]);
		if (failure !== null) throw new StartError(failure);
	});
	return servers;
}

/** Where this machine reaches a server that listens on a host; one that listens everywhere is also here. */
function addressOf(host: string, port: number): string {
	const name = ['0.0.0.0', '::'].includes(host) ? 'localhost' : host;
	return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

function announce({ HOST, PORT, API_PORT }: Config, folder: string, hasDemoData: boolean): void {
	const lines = [
		`Web app  ${addressOf(HOST, PORT)}`,
		`API      ${addressOf(HOST, API_PORT)} (described at ${addressOf(HOST, API_PORT)}/docs)`,
		...(hasDemoData ? [`Log in   ${DEMO_PERSON} with the password "${DEMO_PASSWORD}"`] : []),
		...(isDev ? [] : [`Logs     ${join(folder, 'web.log')} and ${join(folder, 'api.log')}`]),
		'Ctrl-C stops everything.'
	];
	console.log(`\n${lines.join('\n')}\n`);
}

async function describeEnd(server: Server): Promise<string> {
	return `The ${server.name} has ended, so everything else was stopped: ${await server.ended}`;
}

async function stopAll(): Promise<void> {
	for (const part of started.reverse()) await part.stop();
}
