import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { finalStatus } from '#lib/server/listening/malformed-http.ts';
import { answerFailure, refuse, refuseLimited } from './errors.ts';
import { refuseForeignHost } from './foreign-hosts.ts';
import { record, setHeaders } from './observation.ts';

declare module 'fastify' {
	interface FastifyInstance {
		/**
		 * Adds routes that reply with 405 to the other methods of all known paths. Call it after all routes are
		 * registered.
		 */
		refuseOtherMethods(): void;
	}
}

const NOTHING_HERE = 'There is nothing at this address';

/** Replies to a path that is not percent-encoded UTF-8. Fastify runs no hooks for it. */
export async function answerMalformedPath(_error: Error, request: FastifyRequest, reply: FastifyReply): Promise<void> {
	setHeaders(request, reply);
	reply.raw.once('close', () => record(request, reply, finalStatus(reply.raw)));
	if (refuseForeignHost(request, reply)) return;
	try {
		await request.server.recogniseSimulator(request);
		if (request.guess?.limited) return void refuseLimited(reply, request.guess.limited);
		await request.latestRecorded;
		refuse(reply, 400, 'The path is not percent-encoded UTF-8');
	} catch (failure) {
		answerFailure(failure, request, reply);
	}
}

/** Replies to requests without a route: 405 for another method of a known path, else 404. */
export default fp(async (app) => {
	const urls = new Set<string>();
	app.addHook('onRoute', ({ url }) => void urls.add(url));
	app.decorate('refuseOtherMethods', () => {
		for (const url of [...urls]) {
			const methods = app.supportedMethods.filter((method) => app.hasRoute({ url, method }));
			app.route({
				method: app.supportedMethods.filter((method) => !methods.includes(method)),
				url,
				schema: { hide: true },
				// A hook, because it runs before the body is read.
				onRequest: async (request, reply) => {
					reply.header('Allow', methods.join(', '));
					return refuse(reply, 405, `${request.method} is not allowed for this path`);
				},
				handler: () => undefined
			});
		}
	});
	// For paths that a library rejects below its own prefix.
	app.setNotFoundHandler((_request, reply) => refuse(reply, 404, NOTHING_HERE));
	// A hook here too: the path is unknown whatever the body is.
	app.addHook('onRequest', async (request, reply) => {
		if (request.is404) return refuse(reply, 404, NOTHING_HERE);
	});
});
