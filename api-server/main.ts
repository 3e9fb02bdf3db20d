import closeWithGrace from 'close-with-grace';
import type { FastifyInstance } from 'fastify';
import { type Config, readConfig } from '#lib/server/config.ts';
import { isMigrated, startDomain, stopDomain } from '#lib/server/lifecycle.ts';
import { drainOnQuit } from '#lib/server/listening/draining.ts';
import { CLOSE_MS, StartError, codeOf, explainListenFailure, runServer } from '#lib/server/listening/run-server.ts';
import { type Logger, createLogger } from '#lib/server/observability/log.ts';
import { startMaintenance } from '#lib/server/maintenance.ts';
import { checkDemoAccounts, checkSimulatorPassword } from '#lib/server/accounts/published-passwords.ts';
import { buildApp } from './app.ts';

/**
 * Throws a StartError if the server cannot or must not start. An outdated schema only causes a warning, because
 * it may be migrated later.
 */
async function checkEnvironment(config: Config, logger: Logger): Promise<void> {
	const problem = checkSimulatorPassword(config);
	if (problem) throw new StartError(problem);
	const isCurrent = await isMigrated().catch((error) => {
		throw new StartError(`The database cannot be used (${codeOf(error)}): is DATABASE_URL right?`);
	});
	if (!isCurrent) logger.warn('The database schema is outdated: run npm run migrate');
	const demoProblem = await checkDemoAccounts(config);
	if (demoProblem) throw new StartError(demoProblem);
}

async function listen(app: FastifyInstance, { HOST: host, API_PORT: port }: Config): Promise<void> {
	await app.listen({ host, port }).catch((error) => {
		throw explainListenFailure(error, host, port, 'API_PORT');
	});
}

/** Finishes the requests in progress, then disconnects from the database. */
async function stop(app: FastifyInstance, { FINISH_SECONDS }: Config): Promise<void> {
	setTimeout(() => app.server.closeAllConnections(), FINISH_SECONDS * 1000).unref();
	await app.close().finally(stopDomain);
}

await runServer(async () => {
	const config = readConfig(process.env);
	const logger = createLogger('minitwit-api', config.LOG_LEVEL);
	startDomain(config, logger);
	const app = await buildApp(config, logger);
	await checkEnvironment(config, logger);
	drainOnQuit(config.DRAIN_SECONDS, logger);
	const delay = config.FINISH_SECONDS * 1000 + CLOSE_MS;
	closeWithGrace({ delay, logger, skip: ['SIGQUIT'] }, async ({ err }) => {
		if (err) logger.fatal({ err }, 'The server stops after an uncaught exception');
		await stop(app, config);
	});
	await listen(app, config);
	startMaintenance(logger);
	logger.info(`The API listens on http://${config.HOST}:${config.API_PORT}`);
});
