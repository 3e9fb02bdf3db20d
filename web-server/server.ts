import { type IncomingMessage, type Server, type ServerOptions, type ServerResponse, createServer } from 'node:http';
import { UNKNOWN_ADDRESS } from '#lib/server/listening/client-address.ts';
import type { Config } from '#lib/server/config.ts';
import { answerDirectly } from '#lib/server/listening/direct-answers.ts';
import { isOwnHost, pathOf, useOriginForm } from '#lib/server/listening/own-host.ts';
import type { Logger } from '#lib/server/observability/log.ts';
import { CONNECTION_LIMITS, type ErrorFormat, answerMalformedHttp } from '#lib/server/listening/malformed-http.ts';
import { keepBody } from './kept-body.ts';
import { observe } from './observe.ts';
import { securityHeaders } from './response-headers.ts';

/** The request handler of the SvelteKit build. */
export type Handler = (request: IncomingMessage, response: ServerResponse, next: () => void) => unknown;

/** The header that tells SvelteKit whether the browser used HTTP or HTTPS. */
export const PROTOCOL_HEADER = 'x-forwarded-proto';

/**
 * Creates the HTTP server around SvelteKit's handler. Every response is observed and has the security headers,
 * whichever component writes it; requests for another host are refused.
 */
export function createWebServer(
	config: Config,
	logger: Logger,
	handler: Handler,
	limits: ServerOptions = CONNECTION_LIMITS
): Server {
	const format = errorFormat(config.ORIGIN);
	const server = createServer(limits, async (request, response) => {
		useOriginForm(request);
		const observed = observe(request, response, config, logger);
		// The client has disconnected, so nobody waits for a response and no limit could count the request.
		if (observed.address === UNKNOWN_ADDRESS) return void response.destroy();
		const url = request.url ?? '';
		for (const [name, value] of Object.entries(securityHeaders(pathOf(url), config.ORIGIN)))
			response.setHeader(name, value);
		// While the server stops, a keep-alive connection gets no further request.
		response.once('close', () => {
			if (!server.listening) server.closeIdleConnections();
		});
		const refusal = findRefusal(request, config);
		if (refusal) return answer(response, refusal.status, refusal.sentence, format);
		prepareForKit(request, config.TRUSTED_PROXIES);
		try {
			if (await answerDirectly(request, response)) return;
			const answered = handler(request, response, () => answer(response, 404, 'Page not found', format));
			keepBody(request);
			await answered;
		} catch (error) {
			observed.error = error;
			answer(response, 500, `Something went wrong on our side. Quote this number: ${observed.id}`, format);
		}
	});
	answerMalformedHttp(server, logger, format);
	return server;
}

function errorFormat(origin: string | undefined): ErrorFormat {
	const headers = { ...securityHeaders('', origin), 'content-type': 'text/plain; charset=utf-8' };
	return { headers, body: (_status, sentence) => `${sentence}\n` };
}

/** Returns why a request is not passed to the application, or null if it is. */
function findRefusal({ url = '', headers, httpVersion }: IncomingMessage, { ORIGIN, HOST }: Config) {
	if (!url.startsWith('/')) return { status: 400, sentence: 'This is not the address of a page' };
	// RFC 9112, section 3.2 requires Host only in HTTP/1.1; browsers always send it.
	if (headers.host === undefined && httpVersion === '1.1')
		return { status: 400, sentence: 'The Host header is missing' };
	if (!isOwnHost(headers.host ?? 'localhost', pathOf(url), { origin: ORIGIN, listensOn: HOST }))
		return { status: 421, sentence: 'MiniTwit is not at this host name' };
	return null;
}

/** Sets the headers that SvelteKit trusts to their true values. */
function prepareForKit({ headers }: IncomingMessage, trustedProxies: number): void {
	const isHttps = trustedProxies > 0 && headers[PROTOCOL_HEADER] === 'https';
	headers[PROTOCOL_HEADER] = isHttps ? 'https' : 'http';
	headers.host ??= 'localhost';
	// The static file server fails on ranges that end before they begin. The files are small, and a server may
	// ignore ranges.
	delete headers.range;
}

function answer(response: ServerResponse, status: number, sentence: string, { headers, body }: ErrorFormat): void {
	if (response.headersSent) return void response.destroy();
	const text = body(status, sentence);
	response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) }).end(text);
}
