import type { Socket } from 'node:net';
import { STATUS_CODES } from 'node:http';
import { type Logger, clientFields } from '#lib/server/log.ts';

const STATUS_OF: Record<string, number> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/**
 * Answers bytes that are not an HTTP request, or one that never ended. Only the kind of the fault is
 * logged: what was sent may hold anything.
 */
export function answerMalformedHttp(logger: Logger, error: NodeJS.ErrnoException, socket: Socket): void {
	// The client left by itself: nobody to answer.
	if (error.code === 'ECONNRESET' || !socket.writable) {
		socket.destroy();
		return;
	}
	const status = STATUS_OF[error.code ?? ''] ?? 400;
	const phrase = STATUS_CODES[status];
	logger.info(
		{
			...clientFields(socket.remoteAddress),
			http: { response: { status_code: status } },
			error: { code: error.code }
		},
		`No HTTP request ${status}`
	);
	const body = JSON.stringify({ status, error_msg: phrase });
	socket.end(
		`HTTP/1.1 ${status} ${phrase}\r\nContent-Type: application/json; charset=utf-8\r\n` +
			`Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
	);
}
