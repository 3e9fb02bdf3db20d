import fp from 'fastify-plugin';
import { isOwnHost, pathOf } from '#lib/server/listening/own-host.ts';
import { refuse } from './errors.ts';

/** Rejects requests for other hosts; see `isOwnHost`. */
export default fp(async (app) => {
	const own = { origin: app.config.API_ORIGIN, listensOn: app.config.HOST };
	app.addHook('onRequest', async (request, reply) => {
		const { host } = request.headers;
		// RFC 9112, section 3.2 requires Host only in HTTP/1.1.
		if (host === undefined && request.raw.httpVersion === '1.1') {
			return refuse(reply, 400, 'The Host header is missing');
		}
		if (isOwnHost(host ?? 'localhost', pathOf(request.url), own)) return;
		return refuse(reply, 421, 'The API is not at this host name');
	});
});
