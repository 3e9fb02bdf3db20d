import type { IncomingMessage } from 'node:http';
import { BODY_LIMIT_BYTES } from '#lib/limits.ts';
import { UNREAD_BODY, readBodyForLog } from '#lib/server/observability/body-for-log.ts';

const kept = new WeakMap<IncomingMessage, Buffer[]>();

/**
 * Keeps a copy of what the application reads of a body, for the log. Has to be called in the tick in which the
 * application was: it reads at once or, when it refuses the request, never.
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

/** The kept body as it may be logged, by what the request was answered; undefined when it had none. */
export async function describeBody(request: IncomingMessage, status: number): Promise<unknown> {
	const { 'content-length': length = '0', 'transfer-encoding': encoding, 'content-type': type = '' } = request.headers;
	if (length === '0' && encoding === undefined) return undefined;
	const parts = kept.get(request);
	if (!parts) return UNREAD_BODY;
	const init = { method: 'POST', headers: { 'content-type': type }, body: Buffer.concat(parts) };
	return readBodyForLog(new Request('http://log', init), status);
}
