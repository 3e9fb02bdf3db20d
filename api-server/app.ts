import fastify, { type FastifyInstance } from 'fastify';
import type { Config } from '#lib/server/config.ts';
import { type Logger, requestId } from '#lib/server/log.ts';
import { answerMalformedHttp } from './malformed-http.ts';
import authorization from './plugins/authorization.ts';
import documentation from './plugins/documentation.ts';
import errors, { describeInvalidPart } from './plugins/errors.ts';
import observation from './plugins/observation.ts';
import unknownPaths, { answerMalformedPath } from './plugins/unknown-paths.ts';
import follows from './routes/follows.ts';
import latest from './routes/latest.ts';
import messages from './routes/messages.ts';
import operations from './routes/operations.ts';
import register from './routes/register.ts';

declare module 'fastify' {
	interface FastifyInstance {
		config: Config;
		/** Ours in place of Fastify's own, which would write two lines a request. */
		logger: Logger;
	}
}

const BODY_LIMIT_BYTES = 64 * 1024;

/** As long as any address that Node's parser lets through, so that a long name is merely unknown. */
const MAX_PARAM_LENGTH = 16 * 1024;

/** Time for a client to send its request; a slower one only holds a connection. */
const REQUEST_TIMEOUT_MS = 30_000;

/** The API server, without a port, on the domain that startDomain connected. */
export async function buildApp(config: Config, logger: Logger): Promise<FastifyInstance> {
	const app = fastify({
		bodyLimit: BODY_LIMIT_BYTES,
		requestTimeout: REQUEST_TIMEOUT_MS,
		// A request that arrives while the server closes is still answered.
		return503OnClosing: false,
		routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
		ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
		genReqId: ({ headers }) => requestId(headers['x-request-id']?.toString()),
		schemaErrorFormatter: describeInvalidPart,
		frameworkErrors: answerMalformedPath,
		clientErrorHandler: (error, socket) => answerMalformedHttp(logger, error, socket)
	});
	app.decorate('config', config);
	app.decorate('logger', logger);
	app.removeContentTypeParser('text/plain');
	await app.register(observation);
	await app.register(errors);
	await app.register(authorization);
	await app.register(unknownPaths);
	await app.register(documentation);
	for (const routes of [latest, register, messages, follows, operations]) await app.register(routes);
	return app;
}
