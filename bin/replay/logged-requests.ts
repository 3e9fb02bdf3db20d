import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { UsageError } from '../command-line.ts';

/** A request as a line of the log tells it. */
export interface LoggedRequest {
	door: 'web' | 'api';
	/** When it came, as ISO 8601 in UTC: the order of these texts is the order of time. */
	start: string;
	id: string;
	address: string | null;
	/** Who was signed in, or was known by their credentials. */
	user: string | null;
	method: string;
	/** With the query. */
	path: string;
	headers: Record<string, string>;
	/** Parsed; a text says what there was in place of a form or a JSON object. */
	body: unknown;
	status: number;
}

/** A line of ours, as the servers write it or as Elasticsearch gives it back, which nests every name. */
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

const DOORS: Record<string, LoggedRequest['door']> = { 'minitwit-web': 'web', 'minitwit-api': 'api' };

/**
 * The requests of one or more logs in the order in which they came, and how many lines are none: a
 * start, a warning, bytes that were no HTTP, what another program wrote.
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
	// A line is written when its request is done; only the time of its start never comes before what caused it.
	return { requests: requests.sort((a, b) => (a.start < b.start ? -1 : Number(a.start > b.start))), others };
}

/** Null for a line that tells of no request to the web app or the API. */
export function parseRequest(text: string): LoggedRequest | null {
	const line = parseJson(text) as Line | null;
	const door = DOORS[line?.['service.name'] ?? line?.service?.name ?? ''];
	const { request, response } = line?.http ?? {};
	if (!line?.url || !door || !request || !response) return null;
	const { path, query } = line.url;
	return {
		door,
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
