import { createLogger, logRequest } from '#lib/server/observability/log.ts';

/** The default start time of a logged request, in milliseconds since the epoch. */
export const NOON = Date.parse('2026-11-24T12:00:00Z');

interface LineFields {
	service?: 'web' | 'api';
	user?: string | null;
	method?: string;
	path?: string;
	query?: string;
	headers?: Record<string, string>;
	body?: unknown;
	status?: number;
	startedAt?: number;
	id?: string;
}

/** Returns the log line that a server writes for a request. */
export function lineOf({ service = 'web', user = null, status = 200, startedAt = NOON, ...rest }: LineFields): string {
	let line = '';
	const record = { id: 'an-id', address: '192.0.2.7', method: 'GET', route: '/', path: '/', query: '', headers: {} };
	const destination = { write: (written: string) => void (line = written) };
	const logger = createLogger(`minitwit-${service}`, 'info', destination);
	logRequest(logger, { ...record, body: undefined, ...rest, user, status, startedAt, seconds: 0.01 });
	return line;
}
