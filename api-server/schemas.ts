import { STATUS_CODES } from 'node:http';

/** Parts of the schemas that several routes share. */

const MAX_LISTED = 1_000;
const DEFAULT_LISTED = 100;

/** The media type of JSON text that PostgreSQL wrote. */
export const JSON_TYPE = 'application/json; charset=utf-8';

const latest = {
	description:
		'Number of the action in the log of the simulator. What is no whole number, or -1, counts as absent; ignored from anybody else.'
};

export interface ListQuery {
	/** A list where it is given several times. */
	no?: string | string[];
}

/** The query of a list. Neither parameter has a type, since none of their values is refused. */
export const listQuery = {
	type: 'object',
	properties: {
		no: {
			description: `How many at most; more than ${MAX_LISTED} gives ${MAX_LISTED}. What is no whole number, or negative, counts as absent: ${DEFAULT_LISTED}.`
		},
		latest
	}
};

/** How many rows a list has at most. Of several numbers the first counts, as for `latest`. */
export function listLimit({ no }: ListQuery): number {
	const [text = ''] = [no].flat();
	return /^\d+$/.test(text) ? Math.min(Number(text), MAX_LISTED) : DEFAULT_LISTED;
}

/** The query of a write. */
export const writeQuery = { type: 'object', properties: { latest } };

export interface UserParams {
	username: string;
}

export const userParams = {
	type: 'object',
	required: ['username'],
	properties: { username: { type: 'string', description: 'Exact name of a user.' } }
};

/** The answer without a body to a write. */
export const done = { 204: { type: 'null', description: 'Done' } };

/** Answers in the protocol's form of an error, one for each status. */
export function errorResponses(...statuses: number[]) {
	return Object.fromEntries(
		statuses.map((status) => [
			status,
			{
				description: STATUS_CODES[status],
				type: 'object',
				required: ['status', 'error_msg'],
				properties: { status: { type: 'integer', const: status }, error_msg: { type: 'string' } }
			}
		])
	);
}

/** Errors that a request with credentials can end in. */
export const readErrors = errorResponses(400, 403, 404, 429, 500, 503);

/** Errors that a request with credentials and a body can end in. */
export const writeErrors = errorResponses(400, 403, 404, 413, 415, 429, 500, 503);

/** Who may use a route: the simulator or a registered user. */
export const security: Record<string, string[]>[] = [{ basic: [] }];

/** The simulator's credentials are welcome and nobody's are needed. */
export const optionalSecurity: Record<string, string[]>[] = [{}, { basic: [] }];
