import { isIP } from 'node:net';
import { ecsFormat } from '@elastic/ecs-pino-format';
import pino, { type DestinationStream, type Logger } from 'pino';

export type { Logger };

/**
 * Creates a logger that writes one JSON object per line with the fields of the Elastic Common Schema. Every field must
 * have a type in `deployment/logging/index-template.json`, because Elasticsearch rejects lines with unknown fields.
 */
export function createLogger(service: string, level: string, destination?: DestinationStream): Logger {
	const { formatters, ...format } = ecsFormat({ serviceName: service, apmIntegration: false });
	const log = (fields: Record<string, unknown>) => formatters?.log?.(describeError(fields)) ?? fields;
	const options = { ...format, formatters: { ...formatters, log }, level };
	return destination ? pino(options, destination) : pino(options);
}

/** Maximum length of an error's message and of its stack, in UTF-16 code units. */
const MAX_ERROR_LENGTH = 8192;

/** Maps `err` to the ECS error fields. Any value can be thrown; only an Error has fields of its own. */
function describeError({ err, ...fields }: Record<string, unknown>): Record<string, unknown> {
	if (err === undefined) return fields;
	const error: Error & { code?: unknown } = err instanceof Error ? err : new Error(String(err));
	const message = withoutInput(error);
	return {
		...fields,
		error: {
			type: error.constructor.name,
			code: typeof error.code === 'string' ? error.code : undefined,
			message: message.slice(0, MAX_ERROR_LENGTH),
			stack_trace: error.stack?.replace(error.message, () => message).slice(0, MAX_ERROR_LENGTH)
		}
	};
}

/** SQLSTATE class 22: data exceptions, whose messages quote the invalid value. */
const DATA_EXCEPTION = /^22/;

/**
 * The message of an error without the client input that it quotes. Other fields of a PostgreSQL error are never
 * logged, because `detail` and `where` contain values too.
 */
function withoutInput(error: Error & { code?: unknown }): string {
	const quotesInput = error instanceof SyntaxError || DATA_EXCEPTION.test(String(error.code));
	return quotesInput ? error.message.replace(/:? ?".*/s, '') : error.message;
}

/** The ECS field for an address. Empty for a closed connection; an IPv6 zone is removed. */
export function clientFields(address: string | undefined): { client?: { ip: string } } {
	const ip = address?.replace(/%.*/, '') ?? '';
	return isIP(ip) ? { client: { ip } } : {};
}

/** A finished request. All fields have already been redacted. */
export interface RequestRecord {
	id: string;
	address: string;
	/** The name of the user or of the simulator; null if not authenticated. */
	user: string | null;
	method: string;
	route: string;
	path: string;
	query: string;
	headers: Record<string, string>;
	/** The parsed body, or a description if it could not be parsed. */
	body: unknown;
	status: number;
	/**
	 * Arrival time in milliseconds since 1970, with a fraction that is finer than the line's timestamp: it
	 * orders the requests of the web app and the API.
	 */
	startedAt: number;
	seconds: number;
	error?: unknown;
}

/** Writes a request's log line, at level error if it failed with an exception. */
export function logRequest(logger: Logger, record: RequestRecord): void {
	const fields = {
		...clientFields(record.address),
		user: record.user === null ? undefined : { name: record.user },
		http: {
			request: {
				id: record.id,
				method: record.method,
				headers: record.headers,
				body: record.body === undefined ? undefined : { content: JSON.stringify(record.body) }
			},
			response: { status_code: record.status },
			route: record.route
		},
		url: { path: record.path, query: record.query || undefined },
		event: { start: toMicroseconds(record.startedAt), duration: Math.round(record.seconds * 1e9) }
	};
	const message = `${record.method} ${record.path} ${record.status}`;
	if (record.error === undefined) logger.info(fields, message);
	else logger.error({ ...fields, err: record.error }, message);
}

/** The current time in milliseconds since 1970, with a fraction. */
export function preciseNow(): number {
	return performance.timeOrigin + performance.now();
}

/** ISO 8601 with microseconds. */
function toMicroseconds(milliseconds: number): string {
	const whole = Math.floor(milliseconds);
	const rest = Math.floor((milliseconds - whole) * 1000);
	return new Date(whole).toISOString().replace('Z', `${String(rest).padStart(3, '0')}Z`);
}

const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** Returns the given X-Request-Id if it is well-formed, else a new id. */
export function requestId(given: string | null | undefined): string {
	return given && REQUEST_ID.test(given) ? given : crypto.randomUUID();
}
