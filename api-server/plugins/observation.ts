import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { UNKNOWN_ADDRESS, clientAddress } from '#lib/server/listening/client-address.ts';
import { describeJson } from '#lib/server/observability/body-for-log.ts';
import type { Config } from '#lib/server/config.ts';
import { strictTransport } from '#lib/server/listening/own-host.ts';
import { logRequest, preciseNow } from '#lib/server/observability/log.ts';
import { type ErrorFormat, finalStatus } from '#lib/server/listening/malformed-http.ts';
import { observeRequest } from '#lib/server/observability/http-metrics.ts';
import { redactHeaders, redactPath, redactQuery } from '#lib/server/observability/redaction.ts';

const HEADERS = {
	'Cache-Control': 'no-store',
	'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
	'Cross-Origin-Resource-Policy': 'same-origin',
	'Referrer-Policy': 'no-referrer',
	'X-Content-Type-Options': 'nosniff'
};

declare module 'fastify' {
	interface FastifyInstance {
		/** The headers of every reply. */
		commonHeaders: Record<string, string>;
	}
	interface FastifyRequest {
		/** Read when the request arrives, because a closed connection has no address. */
		address: string | null;
	}
}

/** Returns the address of a request's client. */
export function addressOf(request: FastifyRequest): string {
	const { server, socket, headers } = request;
	const forwardedFor = headers['x-forwarded-for']?.toString();
	return (request.address ??= clientAddress(socket.remoteAddress, forwardedFor, server.config.TRUSTED_PROXIES));
}

/** A request's body for the log: the loggable fields of a JSON object, only the size of anything else. */
function describeBody({ body, headers }: FastifyRequest, status: number): unknown {
	if (typeof body === 'object' && body !== null && !Array.isArray(body)) return describeJson(body, status);
	const size = headers['content-length'];
	if (size === undefined && headers['transfer-encoding'] === undefined) return undefined;
	return size === '0' ? undefined : `no JSON object, ${size ?? 'an unknown number of'} bytes`;
}

/** Counts and logs a finished request. The time to describe the request is included in its duration. */
export function record(request: FastifyRequest, reply: FastifyReply, status: number): void {
	const { server, method, headers, url } = request;
	const answered = performance.now();
	const route = request.routeOptions.url ?? 'unknown';
	const [path = '', query = ''] = url.split(/\?(.*)/s, 2);
	const described = {
		path: redactPath(path),
		query: redactQuery(query),
		headers: redactHeaders((name) => headers[name]?.toString()),
		body: describeBody(request, status)
	};
	const milliseconds = reply.elapsedTime + performance.now() - answered;
	const seconds = milliseconds / 1000;
	observeRequest(route, method, status, seconds);
	logRequest(server.logger, {
		...described,
		id: request.id,
		address: addressOf(request),
		user: request.actor?.name ?? null,
		method,
		route,
		status,
		startedAt: preciseNow() - milliseconds,
		seconds,
		error: request.failure
	});
}

function headersOf({ API_ORIGIN }: Config): Record<string, string> {
	const transport = strictTransport(API_ORIGIN);
	return transport ? { ...HEADERS, 'Strict-Transport-Security': transport } : HEADERS;
}

/** Sets the headers of every reply. */
export function setHeaders(request: FastifyRequest, reply: FastifyReply): void {
	reply.headers(request.server.commonHeaders).header('X-Request-Id', request.id);
}

/** The error format for malformed requests. */
export function errorFormat(config: Config): ErrorFormat {
	const headers = { ...headersOf(config), 'Content-Type': 'application/json; charset=utf-8' };
	return { headers, body: (status, sentence) => JSON.stringify({ status, error_msg: sentence }) };
}

export default fp(async (app) => {
	app.decorate('commonHeaders', headersOf(app.config));
	app.decorateRequest('address', null);
	app.addHook('onRequest', (request, reply, done) => {
		setHeaders(request, reply);
		reply.raw.once('close', () => {
			if (!reply.raw.writableEnded) record(request, reply, finalStatus(reply.raw));
		});
		if (addressOf(request) !== UNKNOWN_ADDRESS) return done();
		// The client has disconnected, so nobody waits for a response and no limit could count the request.
		reply.hijack();
		reply.raw.destroy();
	});
	app.addHook('onResponse', (request, reply, done) => {
		record(request, reply, reply.statusCode);
		done();
	});
});
