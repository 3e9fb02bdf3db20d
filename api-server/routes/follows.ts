import type { FastifyInstance } from 'fastify';
import { follow, unfollow } from '#lib/server/follows/following.ts';
import { readFollowsJson } from '#lib/server/simulator/responses.ts';
import { USED_KEY, findIdempotencyKey, writeHeaders } from '../idempotency-key.ts';
import { findWriter, requireActor } from '../plugins/authorization.ts';
import { NOT_AUTHORIZED, describeInvalidPart, refuse, refuseLimited, refuseSuspended } from '../plugins/errors.ts';
import {
	JSON_TYPE,
	type ListQuery,
	type UserParams,
	done,
	errorResponses,
	listLimit,
	listQuery,
	readErrors,
	security,
	userParams,
	writeErrors,
	writeQuery
} from '../schemas.ts';

const tags = ['follows'];

const listSchema = {
	summary: 'Lists the users whom a user follows',
	tags,
	security,
	params: userParams,
	querystring: listQuery,
	response: {
		200: {
			description: 'Usernames, newest follow first',
			type: 'object',
			required: ['follows'],
			properties: { follows: { type: 'array', items: { type: 'string' } } }
		},
		...readErrors
	}
};

const writeSchema = {
	summary: 'Follows or unfollows a user; idempotent',
	tags,
	security,
	params: userParams,
	querystring: writeQuery,
	headers: writeHeaders(
		'It is kept for seven days: until then a late retry does not undo what was done meanwhile, such as an unfollow.'
	),
	body: {
		type: 'object',
		properties: { follow: { type: 'string' }, unfollow: { type: 'string' } },
		oneOf: [{ required: ['follow'] }, { required: ['unfollow'] }]
	},
	response: { ...done, ...writeErrors, ...errorResponses(422) }
};

type Body = { follow: string; unfollow?: undefined } | { follow?: undefined; unfollow: string };

const describeFault: typeof describeInvalidPart = (faults, part) =>
	part === 'body'
		? new Error('The body must be {"follow": name} or {"unfollow": name}')
		: describeInvalidPart(faults, part);

export default async function follows(app: FastifyInstance) {
	app.addHook('onRequest', requireActor);

	app.get<{ Params: UserParams; Querystring: ListQuery }>(
		'/fllws/:username',
		{ schema: listSchema },
		async (request, reply) => {
			const { username } = request.params;
			const limit = listLimit(request.query);
			const json = await readFollowsJson(username, limit);
			if (json === null) return refuse(reply, 404, 'There is no user with this name');
			return reply.type(JSON_TYPE).send(json);
		}
	);

	app.post<{ Params: UserParams; Body: Body }>(
		'/fllws/:username',
		{ schema: writeSchema, schemaErrorFormatter: describeFault },
		async (request, reply) => {
			const { username } = request.params;
			const { body } = request;
			const writer = findWriter(request, username);
			if (!writer) return refuse(reply, 403, NOT_AUTHORIZED);
			const key = findIdempotencyKey(request);
			const outcome = await (body.follow === undefined
				? unfollow(writer, body.unfollow, null, key)
				: follow(writer, body.follow, null, key));
			if (outcome.kind === 'limited') return refuseLimited(reply, outcome.limited);
			if (outcome.kind === 'suspended') return refuseSuspended(reply, outcome);
			if (outcome.kind === 'unknown') return refuse(reply, 404, 'There is no user with this name');
			if (outcome.kind === 'oneself') return refuse(reply, 400, 'You cannot follow yourself');
			if (outcome.kind === 'conflict') return refuse(reply, 422, USED_KEY);
			return reply.code(204).send();
		}
	);
}
