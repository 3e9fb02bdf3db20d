import { isIP } from 'node:net';
import { ecsFormat } from '@elastic/ecs-pino-format';
import pino, { type DestinationStream, type Logger } from 'pino';

export type { Logger };

/**
 * A logger that writes one JSON object a line in the fields of the Elastic Common Schema. Each field has
 * its type in `deployment/logging/index-template.json`, and Elasticsearch keeps no line with another.
 */
export function createLogger(service: string, level: string, destination?: DestinationStream): Logger {
	const { formatters, ...format } = ecsFormat({ serviceName: service, apmIntegration: false });
	const log = (fields: Record<string, unknown>) => formatters?.log?.(describeError(fields)) ?? fields;
	const options = { ...format, formatters: { ...formatters, log }, level };
	return destination ? pino(options, destination) : pino(options);
}

/** UTF-16 code units of an error's message, and of its stack. */
const MAX_ERROR_LENGTH = 8192;

/** The field `err` in the fields of ECS. Anything can be thrown; only an error has fields of its own. */
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

/** SQLSTATE class 22: a value of the wrong form, which the message quotes. */
const DATA_EXCEPTION = /^22/;

/**
 * The message of an error without what it quotes of a client's input. Of an error of PostgreSQL's no other
 * field is logged: `detail` and `where` hold values too.
 */
function withoutInput(error: Error & { code?: unknown }): string {
	const quotesInput = error instanceof SyntaxError || DATA_EXCEPTION.test(String(error.code));
	return quotesInput ? error.message.replace(/:? ?".*/s, '') : error.message;
}

/** The field of an address. A connection that has ended has none any more, and a zone is no part of one. */
export function clientFields(address: string | undefined): { client?: { ip: string } } {
	const ip = address?.replace(/%.*/, '') ?? '';
	return isIP(ip) ? { client: { ip } } : {};
}

/** What is known of a finished request. Everything in it has been redacted already. */
export interface RequestRecord {
	id: string;
	address: string;
	/** Name of the person or program that acted, null when nobody was signed in. */
	user: string | null;
	method: string;
	route: string;
	path: string;
	query: string;
	headers: Record<string, string>;
	/** The parsed body, or a sentence about it where it could not be parsed. */
	body: unknown;
	status: number;
	/** When it came, in milliseconds since 1970. Of finer grain than a line's time: it orders requests of both doors. */
	startedAt: number;
	seconds: number;
	error?: unknown;
}

/** Writes the one line that a request leaves behind; a failure of ours is logged as an error. */
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

/** The time now, in milliseconds since 1970, with a fraction. */
export function preciseNow(): number {
	return performance.timeOrigin + performance.now();
}

/** The form of ISO 8601 with six digits of a second. */
function toMicroseconds(milliseconds: number): string {
	const whole = Math.floor(milliseconds);
	const rest = Math.floor((milliseconds - whole) * 1000);
	return new Date(whole).toISOString().replace('Z', `${String(rest).padStart(3, '0')}Z`);
}

const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** The id given in X-Request-Id when it is a plain one, a new one otherwise. */
export function requestId(given: string | null | undefined): string {
	return given && REQUEST_ID.test(given) ? given : crypto.randomUUID();
}
