import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { answerFailure, refuse } from './errors.ts';
import { record, setHeaders } from './observation.ts';

const NOTHING_HERE = 'There is nothing at this address';

/** The addresses that match a route's pattern. */
function matcherOf(pattern: string): RegExp {
	const source = pattern.replaceAll('.', '\\.').replace('*', '.*').replace(/:\w+/g, '[^/]*');
	return new RegExp(`^${source}$`);
}

/** Answers a path that is no percent-encoded UTF-8. Fastify runs no hook for it. */
export async function answerMalformedPath(_error: Error, request: FastifyRequest, reply: FastifyReply): Promise<void> {
	setHeaders(request, reply);
	reply.raw.once('finish', () => record(request, reply, reply.statusCode));
	try {
		await request.server.recogniseSimulator(request);
		await refuse(request, reply, 400, 'The path is not percent-encoded UTF-8');
	} catch (failure) {
		answerFailure(failure, request, reply);
	}
}

/** Answers what no route takes: 405 for another method of a known path, else 404. */
export default fp(async (app) => {
	const resources = new Map<string, { matcher: RegExp; methods: string[] }>();
	app.addHook('onRoute', ({ url, method }) => {
		const resource = resources.get(url) ?? { matcher: matcherOf(url), methods: [] };
		resource.methods.push(...[method].flat());
		resources.set(url, resource);
	});
	// For what a library does not find below a path of its own.
	app.setNotFoundHandler((request, reply) => refuse(request, reply, 404, NOTHING_HERE));
	// A hook, since it comes before the body is read: whatever that is, the path is unknown.
	app.addHook('onRequest', async (request, reply) => {
		if (!request.is404) return;
		const path = request.url.replace(/\?.*/s, '');
		const known = [...resources.values()].find(({ matcher }) => matcher.test(path));
		if (!known) return refuse(request, reply, 404, NOTHING_HERE);
		reply.header('Allow', known.methods.join(', '));
		return refuse(request, reply, 405, `${request.method} is not possible here`);
	});
});
