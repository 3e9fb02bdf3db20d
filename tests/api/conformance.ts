import { Ajv, type ValidateFunction } from 'ajv';
import type { LightMyRequestResponse } from 'fastify';
import { expect } from 'vitest';

interface Operation {
	responses: Record<string, { content?: Record<string, { schema: object }> }>;
}

export interface OpenApi {
	paths: Record<string, Record<string, Operation>>;
}

export interface Conformance {
	/** Fails the test if a reply does not conform to the document. */
	check(method: string, url: string, reply: LightMyRequestResponse): void;
}

const ERROR = {
	type: 'object',
	required: ['status', 'error_msg'],
	properties: { status: { type: 'integer' }, error_msg: { type: 'string', minLength: 1 } },
	additionalProperties: false
};

/** Returns a checker of replies against an OpenAPI document. */
export function readConformance({ paths }: OpenApi): Conformance {
	const ajv = new Ajv({ strict: false });
	const isError = ajv.compile(ERROR);
	const compiled = new Map<object, ValidateFunction>();
	const patterns = Object.keys(paths).map((path) => ({
		path,
		matcher: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]*')}$`)
	}));

	function validate(schema: object, body: unknown): void {
		const validator = compiled.get(schema) ?? ajv.compile(schema);
		compiled.set(schema, validator);
		expect(validator(body) ? [] : validator.errors).toEqual([]);
	}

	return {
		check(method, url, reply) {
			const path = patterns.find(({ matcher }) => matcher.test(url.replace(/\?.*/s, '')))?.path;
			const documented = path === undefined ? undefined : paths[path]?.[method.toLowerCase().replace('head', 'get')];
			if (reply.statusCode >= 400 && reply.body !== '') {
				expect(isError(reply.json()) ? [] : isError.errors).toEqual([]);
				expect(reply.json().status).toBe(reply.statusCode);
			}
			// The document does not list its own page, other methods, unknown paths and malformed paths.
			if (url.startsWith('/docs') || url === '/openapi.json') return;
			if (!documented) return expect([400, 404, 405]).toContain(reply.statusCode);
			const response = documented.responses[reply.statusCode];
			expect(response, `${method} ${path} answers ${reply.statusCode}, which is not documented`).toBeDefined();
			const schema = response?.content?.['application/json']?.schema;
			if (method === 'HEAD' || !response?.content) return expect(reply.body).toBe('');
			if (schema) validate(schema, reply.json());
		}
	};
}
