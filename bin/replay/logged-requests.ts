import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { UsageError } from '../program/option-values.ts';

/** A request parsed from a log line. */
export interface LoggedRequest {
	service: 'web' | 'api';
	/** Arrival time in ISO 8601, UTC, so that sorting the texts sorts by time. */
	start: string;
	id: string;
	address: string | null;
	/** The authenticated user. */
	user: string | null;
	method: string;
	/** The path with the query. */
	path: string;
	headers: Record<string, string>;
	/** The parsed body; a string describes a body that is neither a form nor a JSON object. */
	body: unknown;
	status: number;
}

/** A log line as the servers write it, or as Elasticsearch returns it, with nested names. */
interface Line {
	'@timestamp': string;
	'service.name'?: string;
	service?: { name?: string };
	client?: { ip?: string };
	user?: { name?: string };
	http?: {
		request?: { id: string; method: string; headers?: Record<string, string>; body?: { content?: string } };
		response?: { status_code: number };
	};
	url?: { path: string; query?: string };
	event?: { start?: string };
}

const SERVICES: Record<string, LoggedRequest['service']> = { 'minitwit-web': 'web', 'minitwit-api': 'api' };

/**
 * Resolves to the requests of one or more logs in order of arrival, and to the number of other lines: start
 * messages, warnings, malformed requests, lines of other programs.
 * @throws UsageError for a file that cannot be read
 */
export async function readLoggedRequests(files: string[]): Promise<{ requests: LoggedRequest[]; others: number }> {
	const requests: LoggedRequest[] = [];
	let others = 0;
	for (const file of files) {
		try {
			for await (const text of createInterface({ input: createReadStream(file) })) {
				const request = parseRequest(text);
				if (request) requests.push(request);
				else others++;
			}
		} catch (error) {
			throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
		}
	}
	// Lines are written at the end of a request, so only the start time orders a request before those that it caused.
	return { requests: requests.sort((a, b) => (a.start < b.start ? -1 : Number(a.start > b.start))), others };
}

/** Parses a line. Returns null if it is not a request to the web app or the API. */
export function parseRequest(text: string): LoggedRequest | null {
	const line = parseJson(text) as Line | null;
	const service = SERVICES[line?.['service.name'] ?? line?.service?.name ?? ''];
	const { request, response } = line?.http ?? {};
	if (!line?.url || !service || !request || !response) return null;
	const { path, query } = line.url;
	return {
		service,
		start: line.event?.start ?? line['@timestamp'],
		id: request.id,
		address: line.client?.ip ?? null,
		user: line.user?.name ?? null,
		method: request.method,
		path: query ? `${path}?${query}` : path,
		headers: request.headers ?? {},
		body: request.body?.content === undefined ? undefined : parseJson(request.body.content),
		status: response.status_code
	};
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return null;
	}
}
