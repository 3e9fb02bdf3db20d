import type { FastifyInstance } from 'fastify';
import { findLatest } from '#lib/server/simulator/simulator-number.ts';
import { errorResponses } from '../schemas.ts';

const schema = {
	summary: 'Returns the number that the simulator sent last, or -1',
	tags: ['simulator'],
	response: {
		200: {
			description: 'The number',
			type: 'object',
			required: ['latest'],
			properties: { latest: { type: 'integer' } }
		},
		...errorResponses(500, 503)
	}
};

export default async function latest(app: FastifyInstance) {
	app.get('/latest', { schema }, async () => ({ latest: await findLatest() }));
}
