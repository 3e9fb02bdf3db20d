import { ecsFormat } from '@elastic/ecs-pino-format';
import pino, { type DestinationStream, type Logger } from 'pino';

export type { Logger };

/** A logger that writes one JSON object a line in the fields of the Elastic Common Schema. */
export function createLogger(service: string, level: string, destination?: DestinationStream): Logger {
	const options = { ...ecsFormat({ serviceName: service, apmIntegration: false }), level };
	return destination ? pino(options, destination) : pino(options);
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
	seconds: number;
	error?: unknown;
}

/** Writes the one line that a request leaves behind; a failure of ours is logged as an error. */
export function logRequest(logger: Logger, record: RequestRecord): void {
	const fields = {
		client: { ip: record.address },
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
		event: { duration: Math.round(record.seconds * 1e9) }
	};
	const message = `${record.method} ${record.path} ${record.status}`;
	if (record.error === undefined) logger.info(fields, message);
	else logger.error({ ...fields, err: record.error }, message);
}

const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** The id given in X-Request-Id when it is a plain one, a new one otherwise. */
export function requestId(given: string | null | undefined): string {
	return given && REQUEST_ID.test(given) ? given : crypto.randomUUID();
}
