import { type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { SITE_HOST } from './nginx.ts';

/** A response. */
export interface Answer {
	status: number;
	headers: IncomingHttpHeaders;
	/** Alternating names and values, as received. */
	rawHeaders: string[];
	body: string;
}

/** A request. */
export interface Asked {
	host?: string;
	method?: string;
	headers?: Record<string, string>;
	body?: string;
	/** The client's address: all of 127.0.0.0/8 is this machine. */
	from?: string;
}

/** A client that opens a new connection for each request, as the simulator does, and trusts one certificate. */
export function createClient(port: number, certificate: string | null) {
	return (path: string, { host = SITE_HOST, method = 'GET', headers = {}, body, from }: Asked = {}) =>
		new Promise<Answer>((resolve, reject) => {
			const options = { host: '127.0.0.1', port, path, method, agent: false, localAddress: from };
			const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
			const sent = { ...options, headers: { host, ...length, ...headers } };
			const request = certificate ? httpsRequest({ ...sent, servername: host, ca: certificate }) : httpRequest(sent);
			request.once('error', reject);
			request.once('response', (response) => {
				const parts: Buffer[] = [];
				response.on('data', (part: Buffer) => parts.push(part));
				response.once('error', reject);
				response.once('end', () => {
					const { statusCode: status = 0, headers, rawHeaders } = response;
					resolve({ status, headers, rawHeaders, body: Buffer.concat(parts).toString() });
				});
			});
			request.end(body);
		});
}

export type Client = ReturnType<typeof createClient>;
