import { type IncomingHttpHeaders, request } from 'node:http';

/** A response as it was received. */
export interface RawAnswer {
	status: number;
	headers: IncomingHttpHeaders;
	/** Alternating names and values. */
	rawHeaders: string[];
}

/** Sends a request that fetch cannot, with any Host header and any form of target. Does not read the response body. */
export function sendRawRequest(
	origin: string,
	path: string,
	{ method = 'GET', headers = {}, body = '' }: { method?: string; headers?: Record<string, string>; body?: string } = {}
): Promise<RawAnswer> {
	const { hostname, port } = new URL(origin);
	return new Promise((resolve, reject) => {
		const sent = request({ hostname, port, path, method, headers, agent: false }, (answer) => {
			const { statusCode: status = 0, headers, rawHeaders } = answer;
			resolve({ status, headers, rawHeaders });
			// An event stream does not end.
			answer.destroy();
		});
		sent.once('error', reject);
		sent.end(body);
	});
}
