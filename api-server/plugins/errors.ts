import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyReply, FastifyRequest, FastifySchemaValidationError } from 'fastify';
import fp from 'fastify-plugin';
import { BusyError } from '#lib/server/accounts/passwords.ts';
import type { Limited } from '#lib/server/accounts/rate-limits.ts';
import type { Suspended } from '#lib/server/accounts/suspended-accounts.ts';
import { isUnavailable } from '#lib/server/listening/unavailable.ts';
import { MALFORMED_KEY } from '../idempotency-key.ts';

declare module 'fastify' {
	interface FastifyRequest {
		/** The exception that a request ended with, for its log line. */
		failure: unknown;
	}
}

export const NOT_AUTHORIZED = 'You are not authorized to use this resource!';

/** Sends an error in the protocol's format. */
export function refuse(reply: FastifyReply, status: number, sentence: string): FastifyReply {
	return reply.code(status).send({ status, error_msg: sentence });
}

/** Rejects a request that exceeds a limit. */
export function refuseLimited(reply: FastifyReply, { retryAfterSeconds }: Limited) {
	reply.header('Retry-After', retryAfterSeconds);
	return refuse(reply, 429, `Too many requests, try again in ${retryAfterSeconds} seconds`);
}

/** Rejects a write by a suspended user, or by the simulator on their behalf. */
export function refuseSuspended(reply: FastifyReply, { reason }: Suspended) {
	return refuse(reply, 403, `This account is suspended: ${reason}`);
}

function refuseBusy(reply: FastifyReply): FastifyReply {
	reply.header('Retry-After', 1);
	return refuse(reply, 503, 'The server is busy, try again in a second');
}

/** The error for a part of a request that does not match its schema: the body, or the one header that has a form. */
export function describeInvalidPart([fault]: FastifySchemaValidationError[], part: string): Error {
	if (part === 'headers') return new Error(MALFORMED_KEY);
	const name = fault?.instancePath.slice(1);
	return new Error(name ? `"${name}" ${fault?.message}` : 'The body must be a JSON object');
}

/** Replies to a client error. Returns null for a server error. */
function refuseFault(error: FastifyError, reply: FastifyReply): FastifyReply | null {
	if (error instanceof BusyError) return refuseBusy(reply);
	if (error.validation) return refuse(reply, 400, error.message);
	if (error.statusCode === 400) return refuse(reply, 400, 'The body is not valid JSON');
	if (error.statusCode === 413) return refuse(reply, 413, 'The body can have at most 64 KiB');
	if (error.statusCode === 415) {
		return refuse(reply, 415, 'The body must be JSON, with Content-Type: application/json');
	}
	// Client errors reported by libraries, such as a path that leaves the documentation's folder.
	if (error.statusCode !== undefined && error.statusCode > 400 && error.statusCode < 500) {
		return refuse(reply, error.statusCode, STATUS_CODES[error.statusCode] ?? 'Refused');
	}
	return null;
}

/** Replies that it is worth asking again, or with the id under which the exception is logged. Reveals nothing else about it. */
export function answerFailure(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
	request.failure = error;
	if (isUnavailable(error)) return refuseBusy(reply);
	return reply
		.code(500)
		.send({ status: 500, error_msg: `Something went wrong on our side. Quote this number: ${request.id}` });
}

export default fp(async (app) => {
	app.decorateRequest('failure', undefined);
	app.setErrorHandler<FastifyError>(
		async (error, request, reply) => refuseFault(error, reply) ?? answerFailure(error, request, reply)
	);
});
