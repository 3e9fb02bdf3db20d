import { test } from 'vitest';
import { distinct, expectLinear, repeated } from '../linear-time.ts';
import { SIMULATOR, useApi } from './use-api.ts';

/* How the API parses paths, queries, credentials and bodies. Each request is also logged. */

const api = useApi();

/** Length of the smaller input. From 32 KiB on, V8 parses an unterminated list about 10 ms slower. */
const SIZE = 4 * 1024;

const jsonOf = (size: number) =>
	JSON.stringify(Object.fromEntries(Array.from({ length: size / 8 }, (_, index) => [index.toString(36), 'x'])));

test.each([
	['a path', (text: string) => ({ url: `/msgs${text}` }), repeated('/a')],
	['a path of dot segments', (text: string) => ({ url: `/docs/static/${text}` }), repeated('../')],
	['a query of many parameters', (text: string) => ({ url: `/healthz?${text}` }), distinct('=&')],
	['a query of one parameter', (text: string) => ({ url: `/healthz?${text}` }), repeated('no=1&')],
	['a list of forwarded addresses', forwarded, repeated('::1, ')],
	['credentials', credentials, repeated('a')],
	['credentials of spaces only', credentials, repeated(' ')],
	['credentials that end in an invalid character', credentials, (size: number) => `${'a'.repeat(size)}!`],
	['an idempotency key', keyed, repeated('\\"')],
	['an idempotency key that does not end', (text: string) => keyed(`${text}a\\`), repeated('\\"')],
	['a content type', (type: string) => body('{}', `application/json;${type}`), repeated('a=b;')],
	[
		'a content type with an unterminated string',
		(type: string) => body('{}', `application/json; a="${type}`),
		repeated('\\"')
	],
	['a body of many keys', (text: string) => body(text), jsonOf],
	['a body of escape sequences', (text: string) => body(`{"username":"${text}"}`), repeated('\\u0301\\u0323')],
	['a body of nested arrays', (text: string) => body(text), repeated('[')]
] as const)('%s takes time in proportion to its length', async (_name, requestOf, make) => {
	await expectLinear((text) => api.request({ method: 'GET', as: null, ...requestOf(text) }), make, SIZE);
});

function credentials(text: string) {
	return { url: '/healthz', headers: { authorization: `Basic ${text}` } };
}

function forwarded(text: string) {
	return { url: '/healthz', headers: { 'x-forwarded-for': text } };
}

function keyed(key: string) {
	const headers = { authorization: SIMULATOR, 'idempotency-key': `"${key}"` };
	return { method: 'POST' as const, url: '/msgs/nobody', payload: { content: 'x' }, headers };
}

function body(payload: string, type = 'application/json') {
	return { method: 'POST' as const, url: '/register', payload, headers: { 'content-type': type } };
}
