import { describe, expect, test } from 'vitest';
import { isSameOrigin } from '#lib/http/same-origin.server.ts';

const OWN = 'https://minitwit.example';

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
