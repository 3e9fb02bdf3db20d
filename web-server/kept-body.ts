import type { IncomingMessage } from 'node:http';
import { BODY_LIMIT_BYTES } from '#lib/limits.ts';
import { UNREAD_BODY, readBodyForLog } from '#lib/server/observability/body-for-log.ts';

const kept = new WeakMap<IncomingMessage, Buffer[]>();

/**
 * Keeps a copy of the body for the log while the application reads it. Must be called in the same tick as the
 * application, which either starts reading at once or, if it refuses the request, never.
 */
export function keepBody(request: IncomingMessage): void {
	if (request.listenerCount('data') === 0) return;
	const parts: Buffer[] = [];
	let size = 0;
	kept.set(request, parts);
	request.on('data', (part: Buffer) => {
		size += part.length;
		if (size <= BODY_LIMIT_BYTES) parts.push(part);
	});
}

/**
 * Resolves to the kept body as it may be logged, given the response's status; undefined for a request without a body.
 */
export async function describeBody(request: IncomingMessage, status: number): Promise<unknown> {
	const { 'content-length': length = '0', 'transfer-encoding': encoding, 'content-type': type = '' } = request.headers;
	if (length === '0' && encoding === undefined) return undefined;
	const parts = kept.get(request);
	if (!parts) return UNREAD_BODY;
	const init = { method: 'POST', headers: { 'content-type': type }, body: Buffer.concat(parts) };
	return readBodyForLog(new Request('http://log', init), status);
}
