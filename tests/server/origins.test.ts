import { describe, expect, test } from 'vitest';
import { isSameOrigin, localPath } from '#lib/server/origins.ts';

const OWN = 'https://minitwit.example';

describe('the way back after logging in', () => {
	test.each(['/', '/public', '/bob?before=7', '/bob?before=7#m3', '/%2F%2Fevil.example', '/a%20b', '/u/%E2%9C%93'])(
		'%s is kept',
		(path) => expect(localPath(path, OWN)).toBe(path)
	);

	test.each([
		'//evil.example',
		'///evil.example',
		'/\\evil.example',
		'\\\\evil.example',
		'/\t/evil.example',
		'/\n/evil.example',
		'\t//evil.example',
		' //evil.example',
		'/.//evil.example',
		'/..//evil.example',
		'/a/..//evil.example',
		'/%2e//evil.example',
		'/.\\/evil.example',
		'javascript:alert(1)',
		'https://evil.example',
		'https://minitwit.example@evil.example/',
		`${OWN}/public`,
		'public',
		'//[',
		''
	])('%j leads to the start page', (path) => expect(localPath(path, OWN)).toBe('/'));

	test('is the start page when none was asked for', () => {
		expect(localPath(null, OWN)).toBe('/');
	});

	test('never holds a line end that would become a header', () => {
		expect(localPath('/a\r\nSet-Cookie: x=1', OWN)).not.toMatch(/[\r\n]/);
	});
});

describe('a request that changes something', () => {
	const post = (headers: Record<string, string>, method = 'POST') =>
		new Request(`${OWN}/add_message`, { method, headers });

	test('is ours when its origin is ours', () => {
		expect(isSameOrigin(post({ origin: OWN }), OWN)).toBe(true);
	});

	test.each<Record<string, string>>([
		{},
		{ origin: 'null' },
		{ origin: '' },
		{ origin: 'http://minitwit.example', host: 'minitwit.example' },
		{ origin: 'https://other.example', host: 'other.example' },
		{ origin: 'https://evil.example', host: 'minitwit.example' },
		{ origin: 'https://minitwit.example.evil.example', host: 'minitwit.example' },
		{ origin: 'https://minitwit.example:8443', host: 'minitwit.example' },
		{ origin: 'no address', host: 'minitwit.example' }
	])('with the headers %j is refused', (headers) => {
		for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
			expect(isSameOrigin(post(headers, method), OWN)).toBe(false);
	});

	test('is told from a read, which needs no origin', () => {
		for (const method of ['GET', 'HEAD', 'OPTIONS']) expect(isSameOrigin(post({}, method), OWN)).toBe(true);
	});
});
