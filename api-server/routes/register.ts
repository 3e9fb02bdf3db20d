import type { FastifyInstance } from 'fastify';
import { addressKey, spendPoint } from '#lib/server/rate-limits.ts';
import { TAKEN, createUser, findEmailFault, findNameFault } from '#lib/server/users.ts';
import { recordingLatest, refuseGuesses } from '../plugins/authorization.ts';
import { refuse, refuseLimited } from '../plugins/errors.ts';
import { addressOf } from '../plugins/observation.ts';
import { done, errorResponses, optionalSecurity, writeQuery } from '../schemas.ts';

interface Body {
	username: string;
	email: string;
	pwd: string;
}

const schema = {
	summary: 'Registers a user; needs no credentials',
	tags: ['users'],
	security: optionalSecurity,
	querystring: writeQuery,
	// A missing field is an empty one: the protocol has one sentence for both, in its own order.
	body: {
		type: 'object',
		properties: {
			username: { type: 'string', default: '' },
			email: { type: 'string', default: '' },
			pwd: { type: 'string', default: '', description: 'The password, any that is not empty.' }
		}
	},
	response: { ...done, ...errorResponses(400, 413, 415, 429, 500, 503) }
};

/** What is wrong, as a sentence, checked in the protocol's order. */
function findFault({ username, email, pwd }: Body): string | null {
	return findNameFault(username) ?? findEmailFault(email) ?? (pwd === '' ? 'You have to enter a password' : null);
}

export default async function register(app: FastifyInstance) {
	app.post<{ Body: Body }>('/register', { schema, onRequest: refuseGuesses }, async (request, reply) => {
		const { username: name, email, pwd: password } = request.body;
		const fault = findFault(request.body);
		if (fault) return refuse(request, reply, 400, fault);
		if (!request.actor) {
			const limited = await spendPoint('registrationsPerAddress', addressKey(addressOf(request)));
			if (limited) return refuseLimited(request, reply, limited);
		}
		const isNew = await recordingLatest(request, (latest) => createUser({ name, email, password }, latest));
		return isNew ? reply.code(204).send() : refuse(request, reply, 400, TAKEN);
	});
}
