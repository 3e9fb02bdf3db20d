import { describe, expect, test } from 'vitest';
import { findLinks } from '#lib/server/links.ts';

/** The linked parts of a text, cut out by their places. */
const linked = (text: string) => findLinks(text).map(({ start, end }) => text.slice(start, end));

describe('a web address in a text', () => {
	test.each([
		['https://example.org/a?b=c#d', ['https://example.org/a?b=c#d']],
		['see https://example.org/a.', ['https://example.org/a']],
		['(http://example.org/a), really!', ['http://example.org/a']],
		['https://en.wikipedia.org/wiki/Teal_(bird)', ['https://en.wikipedia.org/wiki/Teal_(bird)']],
		['«https://example.org»', ['https://example.org']],
		['HTTPS://EXAMPLE.ORG/X', ['HTTPS://EXAMPLE.ORG/X']],
		['👍 https://例え.jp/パス 👍 http://b.example/', ['https://例え.jp/パス', 'http://b.example/']],
		['a\nhttp://localhost:3000/x\nb', ['http://localhost:3000/x']]
	])('in %j is %j', (text, addresses) => {
		expect(linked(text)).toEqual(addresses);
		expect(findLinks(text).map((link) => link.href)).toEqual(addresses);
	});

	test.each([
		'javascript:alert(1)',
		'JaVaScRiPt://example.org/%0aalert(1)',
		'data:text/html,<script>alert(1)</script>',
		'vbscript:x',
		'file:///etc/passwd',
		'mailto:alice@example.org',
		'alice@example.org',
		'ftp://example.org',
		'//example.org/x',
		'http://',
		'no address at all'
	])('is not seen in %j', (text) => expect(findLinks(text)).toEqual([]));

	test('ends before what would leave an attribute', () => {
		expect(linked('https://example.org/"onclick=alert(1) https://example.org/<b>')).toEqual([
			'https://example.org/',
			'https://example.org/'
		]);
	});
});
