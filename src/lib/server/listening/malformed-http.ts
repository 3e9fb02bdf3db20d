import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { Socket } from 'node:net';
import { observeRequest } from '#lib/server/observability/http-metrics.ts';
import { type Logger, clientFields } from '#lib/server/observability/log.ts';

/** nginx's status for a request whose client closed the connection before the response. */
const CLIENT_CLOSED_REQUEST = 499;
const REQUEST_TIMEOUT = 408;

const STATUS_OF: Record<string, number> = {
	HPE_HEADER_OVERFLOW: 431,
	ERR_HTTP_REQUEST_TIMEOUT: REQUEST_TIMEOUT,
	CONNECT: 405
};

/**
 * Limits of every connection for Node's HTTP server, in milliseconds. A slow client occupies only a connection, but
 * connections are limited. The proxy in front keeps idle connections for a shorter time, so it never sends a request on
 * a connection that is being closed. Requests without Host reach our handler, which answers and logs them.
 */
export const CONNECTION_LIMITS = {
	headersTimeout: 10_000,
	requestTimeout: 20_000,
	connectionsCheckingInterval: 1_000,
	keepAliveTimeout: 10_000,
	requireHostHeader: false
};

/** The format of a server's error responses. */
export interface ErrorFormat {
	/** Headers of every error response, Content-Type included. */
	headers: Record<string, string>;
	body(status: number, sentence: string): string;
}

/** The response in progress on each connection. */
const answers = new WeakMap<Duplex, ServerResponse>();

/**
 * Answers and logs requests that Node would otherwise answer or drop silently: bytes that are not HTTP, a request that
 * does not complete in time, CONNECT. An unknown expectation is ignored (RFC 9110, section 10.1.1).
 */
export function answerMalformedHttp(server: Server, logger: Logger, format: ErrorFormat): void {
	const refuse = (code: string, socket: Duplex) => refuseConnection(code, socket, logger, format);
	server.prependListener('request', (request, response) => answers.set(request.socket, response));
	server.on('checkExpectation', (request, response) => server.emit('request', request, response));
	server.on('connect', (_request, socket) => refuse('CONNECT', socket));
	server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuse(error.code ?? '', socket));
}

function refuseConnection(code: string, socket: Duplex, logger: Logger, format: ErrorFormat): void {
	// The client has disconnected, so there is nobody to answer.
	if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
	const status = STATUS_OF[code] ?? 400;
	const answer = answers.get(socket);
	const isAnswering = answer !== undefined && !answer.writableFinished;
	if (isAnswering && answer.headersSent) return void socket.destroy();
	const id = (isAnswering && answer.getHeader('x-request-id')?.toString()) || crypto.randomUUID();
	// The request in progress writes its own log line.
	if (isAnswering) answer.statusCode = status;
	else logRefusal(status, code, id, socket, logger);
	socket.end(describeRefusal(status, id, format), () => socket.destroy());
}

/** Log only the error code: the bytes may contain anything. */
function logRefusal(status: number, code: string, id: string, socket: Duplex, logger: Logger): void {
	const address = socket instanceof Socket ? socket.remoteAddress : undefined;
	observeRequest('malformed', 'OTHER', status, 0);
	logger.info(
		{ ...clientFields(address), http: { request: { id }, response: { status_code: status } }, error: { code } },
		`Malformed HTTP request ${status}`
	);
}

function describeRefusal(status: number, id: string, { headers, body }: ErrorFormat): string {
	const phrase = STATUS_CODES[status] ?? '';
	const text = body(status, phrase);
	const length = String(Buffer.byteLength(text));
	const all = { ...headers, 'x-request-id': id, 'content-length': length, connection: 'close' };
	const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
	return `HTTP/1.1 ${status} ${phrase}\r\n${lines.join('')}\r\n${text}`;
}

/**
 * The status to record for a response once its connection has closed. If the client disconnects after the
 * response has begun, the response counts as sent, because the client may have received all of it.
 */
export function finalStatus(answer: ServerResponse): number {
	if (answer.headersSent || answer.statusCode === REQUEST_TIMEOUT) return answer.statusCode;
	return CLIENT_CLOSED_REQUEST;
}
