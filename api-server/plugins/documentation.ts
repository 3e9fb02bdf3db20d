import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fp from 'fastify-plugin';
import { ICON, STYLES, TITLE, withHeader } from '../documentation/page.ts';
import { errorResponses } from '../schemas.ts';

/** The page's script sets inline styles; nothing is loaded from other hosts. */
const PAGE_POLICY = {
	'default-src': "'self'",
	'img-src': "'self' data:",
	'style-src': "'self' 'unsafe-inline'",
	'base-uri': "'none'",
	'object-src': "'none'",
	'frame-ancestors': "'none'"
};

const path = { type: 'string' };

const rootSchema = {
	summary: 'Names the paths of the documentation',
	tags: ['operations'],
	response: {
		200: {
			description: 'The paths',
			type: 'object',
			required: ['documentation', 'openapi'],
			properties: { documentation: path, openapi: path }
		},
		...errorResponses()
	}
};

/** Serves `/openapi.json`, generated from the route schemas, and `/docs`, which displays it. */
export default fp(async (app) => {
	await app.register(swagger, {
		openapi: {
			openapi: '3.1.0',
			info: {
				title: TITLE,
				description: 'The protocol of the MiniTwit simulator. Registered users may use it on their own behalf.',
				version: '1.0.0'
			},
			// The order of the sections.
			tags: ['simulator', 'users', 'messages', 'follows', 'operations'].map((name) => ({ name })),
			components: { securitySchemes: { basic: { type: 'http', scheme: 'basic' } } }
		}
	});
	await app.register(async (page) => {
		page.addHook('onSend', async ({ routeOptions: { url } }, _reply, payload) =>
			url === '/docs' && typeof payload === 'string' ? withHeader(payload, app.config.ORIGIN) : payload
		);
		await page.register(swaggerUi, {
			routePrefix: '/docs',
			staticCSP: PAGE_POLICY,
			logo: { type: 'image/svg+xml', content: ICON },
			theme: {
				title: TITLE,
				css: [{ filename: 'theme.css', content: STYLES }],
				favicon: [{ filename: 'icon.svg', rel: 'icon', type: 'image/svg+xml', sizes: 'any', content: ICON }]
			},
			// Null prevents requests to the online validator. The base layout has no bar with a logo.
			// Links within its buttons, and the highlighter's colours, are not accessible.
			uiConfig: { validatorUrl: null, layout: 'BaseLayout', deepLinking: false, syntaxHighlight: false }
		});
	});
	app.get('/', { schema: rootSchema }, async () => ({ documentation: '/docs', openapi: '/openapi.json' }));
	let document: string | undefined;
	app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
		document ??= JSON.stringify(app.swagger());
		return reply.type('application/json; charset=utf-8').send(document);
	});
});
