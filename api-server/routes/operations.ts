import type { FastifyInstance } from 'fastify';
import { METRICS_TYPE, readMetrics } from '#lib/server/observability/metrics.ts';
import { isReady } from '#lib/server/lifecycle.ts';
import { refuse } from '../plugins/errors.ts';
import { errorResponses } from '../schemas.ts';

const tags = ['operations'];

const ok = {
	200: {
		description: 'OK',
		type: 'object',
		required: ['status'],
		properties: { status: { type: 'string', const: 'ok' } }
	}
};

const livenessSchema = {
	summary: 'Reports whether the process is alive',
	tags,
	response: { ...ok, ...errorResponses() }
};

const readinessSchema = {
	summary: 'Reports whether the database answers and its schema is current',
	tags,
	response: { ...ok, ...errorResponses(503) }
};

const metricsSchema = {
	summary: 'Returns metrics for Prometheus',
	tags,
	response: {
		200: {
			description: 'Metrics in the Prometheus text format',
			content: { 'text/plain': { schema: { type: 'string' } } }
		},
		...errorResponses(500)
	}
};

export default async function operations(app: FastifyInstance) {
	app.get('/healthz', { schema: livenessSchema }, async () => ({ status: 'ok' }));

	app.get('/readyz', { schema: readinessSchema }, async (request, reply) => {
		if (!(await isReady())) return refuse(reply, 503, 'The database does not answer or its schema is outdated');
		return { status: 'ok' };
	});

	app.get('/metrics', { schema: metricsSchema }, async (_request, reply) =>
		reply.type(METRICS_TYPE).send(await readMetrics())
	);
}
