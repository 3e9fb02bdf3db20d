import type { FastifyInstance } from 'fastify';
import { register as registerPerson } from '#lib/server/accounts/registration.ts';
import { refuseGuesses } from '../plugins/authorization.ts';
import { refuse, refuseLimited } from '../plugins/errors.ts';
import { addressOf } from '../plugins/observation.ts';
import { done, errorResponses, optionalSecurity, writeQuery } from '../schemas.ts';

interface Body {
	username: string;
	email: string;
	pwd: string;
	invite: string;
}

const schema = {
	summary: 'Registers a user; requires no credentials',
	description:
		"With the simulator's credentials, any password and any name that can stand in a path are accepted. " +
		'Without them, the rules of the web app apply: it may need an invitation (400) or be closed (403).',
	tags: ['users'],
	security: optionalSecurity,
	querystring: writeQuery,
	// A missing field counts as empty: the protocol has one message for both, checked in its own order.
	body: {
		type: 'object',
		properties: {
			username: { type: 'string', default: '' },
			email: { type: 'string', default: '' },
			pwd: { type: 'string', default: '', description: 'The password.' },
			invite: { type: 'string', default: '', description: 'The code of an invitation, where one is needed.' }
		}
	},
	response: { ...done, ...errorResponses(400, 403, 413, 415, 429, 500, 503) }
};

export default async function register(app: FastifyInstance) {
	app.post<{ Body: Body }>('/register', { schema, onRequest: refuseGuesses }, async (request, reply) => {
		const { username: name, email, pwd: password, invite } = request.body;
		const registrant = request.actor?.isSimulator ? 'simulator' : { address: addressOf(request) };
		const outcome = await registerPerson({ name, email, password, invite }, registrant);
		if (outcome.kind === 'limited') return refuseLimited(reply, outcome.limited);
		if (outcome.kind === 'closed') return refuse(reply, 403, 'Registration is closed');
		if (outcome.kind === 'invalid') return refuse(reply, 400, outcome.sentence);
		return reply.code(204).send();
	});
}
