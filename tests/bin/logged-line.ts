import { createLogger, logRequest } from '#lib/server/observability/log.ts';

/** When the requests of these lines came, unless they say otherwise. */
export const NOON = Date.parse('2026-11-24T12:00:00Z');

interface Told {
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

/** The line that a server writes for a request. */
export function lineOf({ service = 'web', user = null, status = 200, startedAt = NOON, ...rest }: Told): string {
	let line = '';
	const record = { id: 'an-id', address: '192.0.2.7', method: 'GET', route: '/', path: '/', query: '', headers: {} };
	const destination = { write: (written: string) => void (line = written) };
	const logger = createLogger(`minitwit-${service}`, 'info', destination);
	logRequest(logger, { ...record, body: undefined, ...rest, user, status, startedAt, seconds: 0.01 });
	return line;
}
