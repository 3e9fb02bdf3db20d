import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { localPath } from '#lib/http/local-path.ts';

/** Pages against which a browser may resolve the path. */
const BASES = ['https://minitwit.example', 'http://127.0.0.1:3000/a/b?c'];

describe('a redirect target from a request', () => {
	test.each(['/', '/public', '/bob?before=7', '/bob?before=7#m3', '/%2F%2Fevil.example', '/a%20b', '/u/%E2%9C%93'])(
		'%s is kept',
		(path) => expect(localPath(path)).toBe(path)
	);

	test.each([
		'//evil.example',
		'///evil.example',
		'/\\evil.example',
		'\\\\evil.example',
		'/\t/evil.example',
		'/\n/evil.example',
		'/\r\\evil.example',
		'/a\r\nSet-Cookie: x=1',
		'/\u0000/evil.example',
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
		'https://local.invalid/public',
		'public',
		'//[',
		''
	])('%j leads to the start page', (path) => expect(localPath(path)).toBe('/'));

	test('that is missing leads to the start page', () => {
		expect(localPath(null)).toBe('/');
	});

	test.each([
		'/%09/evil.example/x',
		'/%0a/evil.example',
		'/%0d%5cevil.example',
		'/%5C/evil.example',
		'/%2F/evil.example'
	])('percent-encoded as %s leads to the start page', (to) =>
		expect(localPath(new URLSearchParams(`to=${to}`).get('to'))).toBe('/')
	);

	test('never leads to another site', () => {
		const piece = fc.oneof(
			fc.constantFrom('/', '\\', '.', '..', '%2e', '%2f', '%5c', '\t', '\n', '\r', '@', ':', '?', '#', 'evil.example'),
			fc.integer({ min: 0, max: 0x300 }).map((unit) => String.fromCharCode(unit))
		);
		const addresses = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
		fc.assert(
			fc.property(
				fc.oneof(
					addresses,
					addresses.map((address) => `/${address}`)
				),
				(address) => {
					const path = localPath(address);
					const isLocal = BASES.every((base) => new URL(path, base).origin === new URL(base).origin);
					return isLocal && /^\/(?!\/)/.test(path) && localPath(path) === path;
				}
			),
			{ numRuns: 2_000 }
		);
	});
});
