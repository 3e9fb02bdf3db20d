import type { Server } from 'node:http';
import { once } from 'node:events';
import closeWithGrace from 'close-with-grace';
import { BODY_LIMIT_BYTES } from '#lib/limits.ts';
import { type Config, readConfig } from '#lib/server/config.ts';
import { drainOnQuit } from '#lib/server/listening/draining.ts';
import { CLOSE_MS, explainListenFailure, runServer } from '#lib/server/listening/run-server.ts';
import { createLogger } from '#lib/server/observability/log.ts';
import { type Handler, PROTOCOL_HEADER, createWebServer } from './server.ts';

/** The request handler that adapter-node builds for custom servers. Importing it starts the app. */
const BUILD = new URL('../build/handler.js', import.meta.url).href;

/** Sets the environment variables that adapter-node reads, then loads the app. */
async function loadHandler({ ORIGIN }: Config): Promise<Handler> {
	const settings = { BODY_SIZE_LIMIT: String(BODY_LIMIT_BYTES), PROTOCOL_HEADER, ...(ORIGIN ? { ORIGIN } : {}) };
	if (!ORIGIN) delete process.env.ORIGIN;
	Object.assign(process.env, settings);
	return ((await import(BUILD)) as { handler: Handler }).handler;
}

async function listen(server: Server, { HOST, PORT }: Config): Promise<void> {
	server.listen(PORT, HOST);
	await once(server, 'listening').catch((error) => {
		throw explainListenFailure(error, HOST, PORT, 'PORT');
	});
}

/** Finishes the requests in progress, then lets the app close its resources, as adapter-node's own server does. */
async function stop(server: Server, { FINISH_SECONDS }: Config): Promise<void> {
	setTimeout(() => server.closeAllConnections(), FINISH_SECONDS * 1000).unref();
	if (server.listening) await new Promise((closed) => server.close(closed));
	const shutdown = 'sveltekit:shutdown' as 'beforeExit';
	await Promise.all(process.listeners(shutdown).map((end) => end(0)));
}

await runServer(async () => {
	const config = readConfig(process.env);
	const logger = createLogger('minitwit-web', config.LOG_LEVEL);
	const server = createWebServer(config, logger, await loadHandler(config));
	drainOnQuit(config.DRAIN_SECONDS, logger);
	const delay = config.FINISH_SECONDS * 1000 + CLOSE_MS;
	closeWithGrace({ delay, logger, skip: ['SIGQUIT'] }, async ({ err }) => {
		if (err) logger.fatal({ err }, 'The server stops after an uncaught exception');
		await stop(server, config);
	});
	await listen(server, config);
	logger.info(`The web app listens on http://${config.HOST}:${config.PORT}`);
});
