import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { answerFailure, refuse } from './errors.ts';
import { record, setHeaders } from './observation.ts';

declare module 'fastify' {
	interface FastifyInstance {
		/** Has other methods of the paths that have routes answered with 405. Comes after all routes. */
		refuseOtherMethods(): void;
	}
}

const NOTHING_HERE = 'There is nothing at this address';

/** Answers a path that is no percent-encoded UTF-8. Fastify runs no hook for it. */
export async function answerMalformedPath(_error: Error, request: FastifyRequest, reply: FastifyReply): Promise<void> {
	setHeaders(request, reply);
	reply.raw.once('finish', () => record(request, reply, reply.statusCode));
	try {
		await request.server.recogniseSimulator(request);
		await request.latestRecorded;
		refuse(reply, 400, 'The path is not percent-encoded UTF-8');
	} catch (failure) {
		answerFailure(failure, request, reply);
	}
}

/** Answers what no route takes: 405 for another method of a known path, else 404. */
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
				// A hook, since it comes before the body is read.
				onRequest: async (request, reply) => {
					reply.header('Allow', methods.join(', '));
					return refuse(reply, 405, `${request.method} is not possible here`);
				},
				handler: () => undefined
			});
		}
	});
	// For what a library does not find below a path of its own.
	app.setNotFoundHandler((_request, reply) => refuse(reply, 404, NOTHING_HERE));
	// A hook here too: whatever the body is, the path is unknown.
	app.addHook('onRequest', async (request, reply) => {
		if (request.is404) return refuse(reply, 404, NOTHING_HERE);
	});
});
