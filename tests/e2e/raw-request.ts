import { type IncomingHttpHeaders, request } from 'node:http';

/** What came back, as it came. */
export interface RawAnswer {
	status: number;
	headers: IncomingHttpHeaders;
	/** Names and values in turn. */
	rawHeaders: string[];
}

/** Sends a request that fetch would not: with a Host of its own, and a target in any form. The body is not read. */
export function askRaw(
	origin: string,
	path: string,
	{ method = 'GET', headers = {}, body = '' }: { method?: string; headers?: Record<string, string>; body?: string } = {}
): Promise<RawAnswer> {
	const { hostname, port } = new URL(origin);
	return new Promise((resolve, reject) => {
		const asked = request({ hostname, port, path, method, headers, agent: false }, (answer) => {
			const { statusCode: status = 0, headers, rawHeaders } = answer;
			resolve({ status, headers, rawHeaders });
			// A stream of events has no end.
			answer.destroy();
		});
		asked.once('error', reject);
		asked.end(body);
	});
}
