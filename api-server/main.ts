import closeWithGrace from 'close-with-grace';
import type { FastifyInstance } from 'fastify';
import { type Config, ConfigError, readConfig } from '#lib/server/config.ts';
import { startDomain, stopDomain } from '#lib/server/domain.ts';
import { drainOnQuit } from '#lib/server/draining.ts';
import { type Logger, createLogger } from '#lib/server/log.ts';
import { startMaintenance } from '#lib/server/maintenance.ts';
import { isSchemaCurrent } from '#lib/server/migrations.ts';
import { findDemoFault, findSimulatorFault } from '#lib/server/public-passwords.ts';
import { buildApp } from './app.ts';

/** Connections on which nothing moves any more are cut by then: who stops us waits for 2 s at most. */
const FINISH_TIMEOUT_MS = 1_000;
const CLOSE_TIMEOUT_MS = 1_400;

/** PostgreSQL's code for a table that is not there. */
const UNDEFINED_TABLE = '42P01';

/** An environment that the server cannot start in; the message is a sentence for whoever starts it. */
class StartError extends Error {}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? (error as Error).message;

/** Refuses what the server cannot or must not start with. A schema that is not current may become so. */
async function checkEnvironment(config: Config, logger: Logger): Promise<void> {
	const fault = findSimulatorFault(config);
	if (fault) throw new StartError(fault);
	const isCurrent = await isSchemaCurrent(config.MIGRATIONS_FOLDER).catch((error) => {
		if (codeOf(error) === UNDEFINED_TABLE) return false;
		throw new StartError(`The database cannot be used (${codeOf(error)}): is DATABASE_URL right?`);
	});
	if (!isCurrent) logger.warn('The schema of the database is not current: npm run migrate brings it up to date');
	const demoFault = await findDemoFault(config);
	if (demoFault) throw new StartError(demoFault);
}

async function listen(app: FastifyInstance, { HOST: host, API_PORT: port }: Config): Promise<void> {
	await app.listen({ host, port }).catch((error) => {
		const isInUse = codeOf(error) === 'EADDRINUSE';
		throw new StartError(
			isInUse
				? `Port ${port} on ${host} is in use: choose another with API_PORT`
				: `The server cannot listen on ${host}:${port} (${codeOf(error)})`
		);
	});
}

/** Finishes the requests under way, then ends the database's connections. */
async function stop(app: FastifyInstance): Promise<void> {
	setTimeout(() => app.server.closeAllConnections(), FINISH_TIMEOUT_MS).unref();
	await app.close();
	await stopDomain();
}

async function start(): Promise<void> {
	const config = readConfig(process.env);
	const logger = createLogger('minitwit-api', config.LOG_LEVEL);
	startDomain(config, logger);
	const app = await buildApp(config, logger);
	await checkEnvironment(config, logger);
	drainOnQuit(config.DRAIN_SECONDS, logger);
	closeWithGrace({ delay: CLOSE_TIMEOUT_MS, logger, skip: ['SIGQUIT'] }, async ({ err }) => {
		if (err) logger.fatal({ err }, 'The server stops: an exception reached the top');
		await stop(app);
	});
	await listen(app, config);
	startMaintenance(logger);
	logger.info(`The API listens on http://${config.HOST}:${config.API_PORT}`);
}

try {
	await start();
} catch (error) {
	if (!(error instanceof ConfigError || error instanceof StartError)) throw error;
	process.stderr.write(`${error.message}\n`);
	process.exit(1);
}
