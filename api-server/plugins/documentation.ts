import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fp from 'fastify-plugin';

/** The page's styles are set by its own script; nothing comes from another host. */
const PAGE_POLICY = {
	'default-src': "'self'",
	'img-src': "'self' data:",
	'style-src': "'self' 'unsafe-inline'",
	'base-uri': "'none'",
	'object-src': "'none'",
	'frame-ancestors': "'none'"
};

/** `/openapi.json`, made from the schemas of the routes, and `/docs`, which shows it. */
export default fp(async (app) => {
	await app.register(swagger, {
		openapi: {
			openapi: '3.1.0',
			info: {
				title: 'MiniTwit API',
				description: 'The protocol of the MiniTwit simulator. Registered people may use it for themselves.',
				version: '1.0.0'
			},
			components: { securitySchemes: { basic: { type: 'http', scheme: 'basic' } } }
		}
	});
	await app.register(swaggerUi, {
		routePrefix: '/docs',
		staticCSP: PAGE_POLICY,
		// Null keeps the page from asking a validator on the internet.
		uiConfig: { validatorUrl: null }
	});
	let document: string | undefined;
	app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
		document ??= JSON.stringify(app.swagger());
		return reply.type('application/json; charset=utf-8').send(document);
	});
});
