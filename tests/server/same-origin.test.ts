import { describe, expect, test } from 'vitest';
import { isSameOrigin } from '#lib/http/same-origin.server.ts';

const OWN = 'https://minitwit.example';

describe('isSameOrigin', () => {
	const post = (headers: Record<string, string>, method = 'POST') =>
		new Request(`${OWN}/add_message`, { method, headers });

	test('accepts a POST from the own origin', () => {
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
	])('rejects a write with the headers %j', (headers) => {
		for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
			expect(isSameOrigin(post(headers, method), OWN)).toBe(false);
	});

	test('accepts a read without an origin', () => {
		for (const method of ['GET', 'HEAD', 'OPTIONS']) expect(isSameOrigin(post({}, method), OWN)).toBe(true);
	});
});
