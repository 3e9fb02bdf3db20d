import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { isOwnHost, pathOf } from '#lib/server/listening/own-host.ts';
import { refuse } from './errors.ts';

/** Rejects a request for another host; see `isOwnHost`. Undefined if the request is for this one. */
export function refuseForeignHost(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
	const { API_ORIGIN: origin, HOST: listensOn } = request.server.config;
	const { host } = request.headers;
	// RFC 9112, section 3.2 requires Host only in HTTP/1.1.
	if (host === undefined && request.raw.httpVersion === '1.1') {
		return refuse(reply, 400, 'The Host header is missing');
	}
	if (isOwnHost(host ?? 'localhost', pathOf(request.url), { origin, listensOn })) return;
	return refuse(reply, 421, 'The API is not at this host name');
}

export default fp(async (app) => {
	app.addHook('onRequest', async (request, reply) => refuseForeignHost(request, reply));
});
