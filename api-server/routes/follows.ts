import type { FastifyInstance } from 'fastify';
import { follow, unfollow } from '#lib/server/follows/following.ts';
import { readFollowsJson } from '#lib/server/simulator/responses.ts';
import { findWriter, requireActor } from '../plugins/authorization.ts';
import { NOT_AUTHORIZED, refuse, refuseLimited, refuseSuspended } from '../plugins/errors.ts';
import {
	JSON_TYPE,
	type ListQuery,
	type UserParams,
	done,
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
	body: {
		type: 'object',
		properties: { follow: { type: 'string' }, unfollow: { type: 'string' } },
		oneOf: [{ required: ['follow'] }, { required: ['unfollow'] }]
	},
	response: { ...done, ...writeErrors }
};

type Body = { follow: string; unfollow?: undefined } | { follow?: undefined; unfollow: string };

const describeFault = () => new Error('The body must be {"follow": name} or {"unfollow": name}');

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
			const outcome = await (body.follow === undefined
				? unfollow(writer, body.unfollow, null)
				: follow(writer, body.follow, null));
			if (outcome.kind === 'limited') return refuseLimited(reply, outcome.limited);
			if (outcome.kind === 'suspended') return refuseSuspended(reply, outcome);
			if (outcome.kind === 'unknown') return refuse(reply, 404, 'There is no user with this name');
			if (outcome.kind === 'oneself') return refuse(reply, 400, 'You cannot follow yourself');
			return reply.code(204).send();
		}
	);
}
