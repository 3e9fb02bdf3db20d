import type { FastifyInstance } from 'fastify';
import { postMessage } from '#lib/server/messages/post-message.ts';
import { readMessagesJson, readUserMessagesJson } from '#lib/server/simulator/responses.ts';
import { USED_KEY, findIdempotencyKey, writeHeaders } from '../idempotency-key.ts';
import { findWriter, requireActor } from '../plugins/authorization.ts';
import { NOT_AUTHORIZED, refuse, refuseLimited, refuseSuspended } from '../plugins/errors.ts';
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

const tags = ['messages'];

const list = {
	200: {
		description: 'Messages, newest first',
		type: 'array',
		items: {
			type: 'object',
			required: ['content', 'pub_date', 'user'],
			properties: {
				content: { type: 'string' },
				pub_date: { type: 'integer', description: 'Unix time in seconds' },
				user: { type: 'string' }
			}
		}
	}
};

const allSchema = {
	summary: 'Lists the messages of all users',
	tags,
	security,
	querystring: listQuery,
	response: { ...list, ...errorResponses(403, 429, 500, 503) }
};

const userSchema = {
	summary: 'Lists the messages of one user',
	tags,
	security,
	params: userParams,
	querystring: listQuery,
	response: { ...list, ...readErrors }
};

const postSchema = {
	summary: 'Posts a message',
	tags,
	security,
	params: userParams,
	querystring: writeQuery,
	headers: writeHeaders(
		'It is kept as long as the message, and after its deletion: a late retry does not post it again, whatever its body.'
	),
	body: { type: 'object', properties: { content: { type: 'string', default: '' } } },
	response: { ...done, ...writeErrors, ...errorResponses(422) }
};

export default async function messages(app: FastifyInstance) {
	app.addHook('onRequest', requireActor);

	app.get<{ Querystring: ListQuery }>('/msgs', { schema: allSchema }, async (request, reply) => {
		const limit = listLimit(request.query);
		const json = await readMessagesJson(limit);
		return reply.type(JSON_TYPE).send(json);
	});

	app.get<{ Params: UserParams; Querystring: ListQuery }>(
		'/msgs/:username',
		{ schema: userSchema },
		async (request, reply) => {
			const { username } = request.params;
			const limit = listLimit(request.query);
			const json = await readUserMessagesJson(username, limit);
			if (json === null) return refuse(reply, 404, 'There is no user with this name');
			return reply.type(JSON_TYPE).send(json);
		}
	);

	app.post<{ Params: UserParams; Body: { content: string } }>(
		'/msgs/:username',
		{ schema: postSchema },
		async (request, reply) => {
			const writer = findWriter(request, request.params.username);
			if (!writer) return refuse(reply, 403, NOT_AUTHORIZED);
			const message = { text: request.body.content, clientId: findIdempotencyKey(request), owner: null };
			const outcome = await postMessage(writer, message);
			if (outcome.kind === 'invalid') return refuse(reply, 400, outcome.sentence);
			if (outcome.kind === 'limited') return refuseLimited(reply, outcome.limited);
			if (outcome.kind === 'suspended') return refuseSuspended(reply, outcome);
			if (outcome.kind === 'unknown') return refuse(reply, 404, 'There is no user with this name');
			if (outcome.kind === 'conflict') return refuse(reply, 422, USED_KEY);
			return reply.code(204).send();
		}
	);
}
