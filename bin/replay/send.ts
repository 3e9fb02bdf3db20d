import { type IncomingHttpHeaders, request as plainRequest } from 'node:http';
import { request as encryptedRequest } from 'node:https';

/** A request to send. */
export interface Outgoing {
	method: string;
	/** The path exactly as logged. */
	path: string;
	headers: Record<string, string>;
	bytes: Buffer | null;
}

/** The head of a response. */
export interface Answer {
	status: number;
	headers: IncomingHttpHeaders;
}

const TIMEOUT_MS = 30_000;

/** Sends one request on its own connection, without following redirects. Rejects if there is no response. */
export function send(origin: URL, { method, path, headers, bytes }: Outgoing): Promise<Answer> {
	const request = origin.protocol === 'https:' ? encryptedRequest : plainRequest;
	const length = bytes ? { 'content-length': String(bytes.length) } : {};
	return new Promise((resolve, reject) => {
		const options = { agent: false, method, path, headers: { ...headers, ...length }, timeout: TIMEOUT_MS };
		const outgoing = request(origin, options, (response) => {
			const answer = { status: response.statusCode ?? 0, headers: response.headers };
			// An event stream does not end.
			if (response.headers['content-type']?.startsWith('text/event-stream')) response.destroy();
			response.on('error', () => resolve(answer)).on('close', () => resolve(answer));
			response.resume();
		});
		outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
		outgoing.on('error', reject);
		outgoing.end(bytes);
	});
}
