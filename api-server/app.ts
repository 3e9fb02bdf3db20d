import fastify, { type FastifyInstance } from 'fastify';
import type { Config } from '#lib/server/config.ts';
import { BODY_LIMIT_BYTES } from '#lib/limits.ts';
import { useOriginForm } from '#lib/server/listening/own-host.ts';
import { type Logger, requestId } from '#lib/server/observability/log.ts';
import { CONNECTION_LIMITS, answerMalformedHttp } from '#lib/server/listening/malformed-http.ts';
import authorization from './plugins/authorization.ts';
import documentation from './plugins/documentation.ts';
import errors, { describeInvalidPart } from './plugins/errors.ts';
import foreignHosts from './plugins/foreign-hosts.ts';
import observation, { errorFormat } from './plugins/observation.ts';
import unknownPaths, { answerMalformedPath } from './plugins/unknown-paths.ts';
import follows from './routes/follows.ts';
import latest from './routes/latest.ts';
import messages from './routes/messages.ts';
import operations from './routes/operations.ts';
import register from './routes/register.ts';

declare module 'fastify' {
	interface FastifyInstance {
		config: Config;
		/** Our logger; Fastify's own would write two lines per request. */
		logger: Logger;
	}
}

/** As long as any URL that Node's parser accepts, so that a long name is simply an unknown user. */
const MAX_PARAM_LENGTH = 16 * 1024;

/** Builds the API server without listening, on the domain that startDomain connected. */
export async function buildApp(config: Config, logger: Logger, limits = CONNECTION_LIMITS): Promise<FastifyInstance> {
	const app = fastify({
		bodyLimit: BODY_LIMIT_BYTES,
		http: limits,
		requestTimeout: limits.requestTimeout,
		keepAliveTimeout: limits.keepAliveTimeout,
		// Requests that arrive while the server closes are still answered.
		return503OnClosing: false,
		routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
		ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
		genReqId: ({ headers }) => requestId(headers['x-request-id']?.toString()),
		schemaErrorFormatter: describeInvalidPart,
		frameworkErrors: answerMalformedPath,
		// answerMalformedHttp below handles these, as in the web app.
		clientErrorHandler: () => undefined,
		rewriteUrl(request) {
			useOriginForm(request);
			return request.url ?? '';
		}
	});
	answerMalformedHttp(app.server, logger, errorFormat(config));
	app.decorate('config', config);
	app.decorate('logger', logger);
	app.removeContentTypeParser('text/plain');
	await app.register(observation);
	await app.register(errors);
	await app.register(foreignHosts);
	await app.register(authorization);
	await app.register(unknownPaths);
	await app.register(documentation);
	for (const routes of [latest, register, messages, follows, operations]) await app.register(routes);
	app.refuseOtherMethods();
	return app;
}
