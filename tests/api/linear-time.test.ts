import { test } from 'vitest';
import { distinct, expectLinear, repeated } from '../linear-time.ts';
import { useApi } from './use-api.ts';

/* The API's parsers: of paths, queries, credentials and bodies. The log is part of each request. */

const api = useApi();

/** The smaller of two inputs. From 32 KiB on V8 takes another way through a list without an end, some 10 ms more. */
const SIZE = 4 * 1024;

const jsonOf = (size: number) =>
	JSON.stringify(Object.fromEntries(Array.from({ length: size / 8 }, (_, index) => [index.toString(36), 'x'])));

test.each([
	['a path', (text: string) => ({ url: `/msgs${text}` }), repeated('/a')],
	['a path of dots', (text: string) => ({ url: `/docs/static/${text}` }), repeated('../')],
	['a query of many parameters', (text: string) => ({ url: `/healthz?${text}` }), distinct('=&')],
	['a query of one parameter', (text: string) => ({ url: `/healthz?${text}` }), repeated('no=1&')],
	['a forwarded address', forwarded, repeated('::1, ')],
	['credentials', credentials, repeated('a')],
	['credentials of spaces', credentials, repeated(' ')],
	['credentials that do not end', credentials, (size: number) => `${'a'.repeat(size)}!`],
	['a content type', (type: string) => body('{}', `application/json;${type}`), repeated('a=b;')],
	['a content type of quotes', (type: string) => body('{}', `application/json; a="${type}`), repeated('\\"')],
	['a body of many keys', (text: string) => body(text), jsonOf],
	['a body of escapes', (text: string) => body(`{"username":"${text}"}`), repeated('\\u0301\\u0323')],
	['a body of lists', (text: string) => body(text), repeated('[')]
] as const)('%s costs time in proportion to its length', async (_what, requestOf, make) => {
	await expectLinear((text) => api.request({ method: 'GET', as: null, ...requestOf(text) }), make, SIZE);
});

function credentials(text: string) {
	return { url: '/healthz', headers: { authorization: `Basic ${text}` } };
}

function forwarded(text: string) {
	return { url: '/healthz', headers: { 'x-forwarded-for': text } };
}

function body(payload: string, type = 'application/json') {
	return { method: 'POST' as const, url: '/register', payload, headers: { 'content-type': type } };
}
