import { type IncomingHttpHeaders, request as plainRequest } from 'node:http';
import { request as encryptedRequest } from 'node:https';

/** What goes out. */
export interface Outgoing {
	method: string;
	/** As it was logged, to the letter. */
	path: string;
	headers: Record<string, string>;
	bytes: Buffer | null;
}

/** What came back; only its head matters. */
export interface Answer {
	status: number;
	headers: IncomingHttpHeaders;
}

const TIMEOUT_MS = 30_000;

/** Sends one request on a connection of its own, and follows nothing. @throws when there is no answer */
export function send(origin: URL, { method, path, headers, bytes }: Outgoing): Promise<Answer> {
	const request = origin.protocol === 'https:' ? encryptedRequest : plainRequest;
	const length = bytes ? { 'content-length': String(bytes.length) } : {};
	return new Promise((resolve, reject) => {
		const options = { agent: false, method, path, headers: { ...headers, ...length }, timeout: TIMEOUT_MS };
		const outgoing = request(origin, options, (response) => {
			const answer = { status: response.statusCode ?? 0, headers: response.headers };
			// A stream of events has no end.
			if (response.headers['content-type']?.startsWith('text/event-stream')) response.destroy();
			response.on('error', () => resolve(answer)).on('close', () => resolve(answer));
			response.resume();
		});
		outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
		outgoing.on('error', reject);
		outgoing.end(bytes);
	});
}
