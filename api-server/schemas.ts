import { STATUS_CODES } from 'node:http';

/** Schema parts that several routes share. */

const MAX_LISTED = 1_000;
const DEFAULT_LISTED = 100;

/** The Content-Type of JSON text that PostgreSQL built. */
export const JSON_TYPE = 'application/json; charset=utf-8';

const latest = {
	description:
		"Number of the action in the simulator's log. A value that is not an integer, or -1, counts as absent. Ignored for other users."
};

export interface ListQuery {
	/** An array if it is given several times. */
	no?: string | string[];
}

/** The query of a list. The parameters have no type because no value is rejected. */
export const listQuery = {
	type: 'object',
	properties: {
		no: {
			description: `Maximum number of items, capped at ${MAX_LISTED}. A negative value, or one that is not an integer, counts as absent: ${DEFAULT_LISTED}.`
		},
		latest
	}
};

/** Returns the maximum number of rows of a list. If `no` is repeated, the first value counts, as for `latest`. */
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

/** The response to a write: no body. */
export const done = { 204: { type: 'null', description: 'Done' } };

/** The status of a request for another host; every path may respond with it. */
const WRONG_HOST = 421;

/** Response schemas for errors in the protocol's format, one per status. */
export function errorResponses(...statuses: number[]) {
	return Object.fromEntries(
		[...statuses, WRONG_HOST].map((status) => [
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

/** Errors of an authenticated request. */
export const readErrors = errorResponses(400, 403, 404, 429, 500, 503);

/** Errors of an authenticated request with a body. */
export const writeErrors = errorResponses(400, 403, 404, 413, 415, 429, 500, 503);

/** Requires the credentials of the simulator or a registered user. */
export const security: Record<string, string[]>[] = [{ basic: [] }];

/** Accepts the simulator's credentials and requires none. */
export const optionalSecurity: Record<string, string[]>[] = [{}, { basic: [] }];
