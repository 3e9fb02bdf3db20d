import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyReply, FastifyRequest, FastifySchemaValidationError } from 'fastify';
import fp from 'fastify-plugin';
import { recordLatest } from '#lib/server/simulator/simulator-number.ts';
import { BusyError } from '#lib/server/accounts/passwords.ts';
import type { Limited } from '#lib/server/accounts/rate-limits.ts';

declare module 'fastify' {
	interface FastifyRequest {
		/** The exception that a request ended in, for its line in the log. */
		failure: unknown;
	}
}

export const NOT_AUTHORIZED = 'You are not authorized to use this resource!';

/** Answers with an error as the protocol writes one. The simulator's number counts all the same. */
export async function refuse(
	request: FastifyRequest,
	reply: FastifyReply,
	status: number,
	sentence: string
): Promise<FastifyReply> {
	const { latest } = request;
	request.latest = null;
	await recordLatest(latest);
	return reply.code(status).send({ status, error_msg: sentence });
}

/** Refuses a request that is over a limit. */
export function refuseLimited(request: FastifyRequest, reply: FastifyReply, { retryAfterSeconds }: Limited) {
	reply.header('Retry-After', retryAfterSeconds);
	return refuse(request, reply, 429, `Too many requests, try again in ${retryAfterSeconds} seconds`);
}

/** The error for a body that does not match its schema. Nothing else has one that it could fail to match. */
export function describeInvalidPart([fault]: FastifySchemaValidationError[]): Error {
	const name = fault?.instancePath.slice(1);
	return new Error(name ? `"${name}" ${fault?.message}` : 'The body must be a JSON object');
}

function refuseFault(error: FastifyError, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
	if (error instanceof BusyError) {
		reply.header('Retry-After', 1);
		return refuse(request, reply, 503, 'The server is busy, try again in a second');
	}
	if (error.validation) return refuse(request, reply, 400, error.message);
	if (error.statusCode === 400) return refuse(request, reply, 400, 'The body is not valid JSON');
	if (error.statusCode === 413) return refuse(request, reply, 413, 'The body can have at most 64 KiB');
	if (error.statusCode === 415) {
		return refuse(request, reply, 415, 'The body must be JSON, with Content-Type: application/json');
	}
	// What a library refuses is no failure of ours, such as a path that leads out of the documentation's folder.
	if (error.statusCode !== undefined && error.statusCode > 400 && error.statusCode < 500) {
		return refuse(request, reply, error.statusCode, STATUS_CODES[error.statusCode] ?? 'Refused');
	}
	throw error;
}

/** Tells the id under which the log has the exception, and nothing about it. */
export function answerFailure(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
	request.failure = error;
	return reply
		.code(500)
		.send({ status: 500, error_msg: `Something went wrong here. It is written down as ${request.id}` });
}

export default fp(async (app) => {
	app.decorateRequest('failure', undefined);
	app.setErrorHandler<FastifyError>(async (error, request, reply) => {
		try {
			return await refuseFault(error, request, reply);
		} catch (failure) {
			return answerFailure(failure, request, reply);
		}
	});
});
