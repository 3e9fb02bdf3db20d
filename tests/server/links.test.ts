import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageHtml } from '#lib/text/message-html.ts';
import { findLinks } from '#lib/server/messages/links.ts';

/** Returns the linked parts of a text. */
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
	])('is not found in %j', (text) => expect(findLinks(text)).toEqual([]));

	test('ends before characters that would break out of an attribute', () => {
		expect(linked('https://example.org/"onclick=alert(1) https://example.org/<b>')).toEqual([
			'https://example.org/',
			'https://example.org/'
		]);
	});
});

/** A text and the addresses in it. */
const PUNCTUATED: [text: string, ...addresses: string[]][] = [
	// Punctuation after an address.
	['http://e.org/a.', 'http://e.org/a'],
	['http://e.org/a,', 'http://e.org/a'],
	['http://e.org/a!', 'http://e.org/a'],
	['http://e.org/a?', 'http://e.org/a'],
	['http://e.org/a;', 'http://e.org/a'],
	['http://e.org/a:', 'http://e.org/a'],
	['http://e.org/a...', 'http://e.org/a'],
	['http://e.org/a…', 'http://e.org/a'],
	['http://e.org/a?!', 'http://e.org/a'],
	['http://e.org/a!!! b', 'http://e.org/a'],
	['http://e.org/a.\nb', 'http://e.org/a'],
	['http://e.org.', 'http://e.org'],
	['http://e.org:', 'http://e.org'],
	['http://e.org:80.', 'http://e.org:80'],
	['http://e.org?', 'http://e.org'],
	['http://e.org/.', 'http://e.org/'],
	['http://e.org/?q=a.', 'http://e.org/?q=a'],
	['http://e.org/#a.', 'http://e.org/#a'],
	['http://[::1].', 'http://[::1]'],
	['http://e.org/a。', 'http://e.org/a'],
	['http://e.org/a、http://e.org/b', 'http://e.org/a', 'http://e.org/b'],
	// Before a closing bracket or quotation mark.
	['(See http://example.com/foo.)', 'http://example.com/foo'],
	['(http://e.org/a!)', 'http://e.org/a'],
	['(http://e.org/a?)', 'http://e.org/a'],
	['(http://e.org/a;)', 'http://e.org/a'],
	['(http://e.org/a:)', 'http://e.org/a'],
	['(http://e.org/a,)', 'http://e.org/a'],
	['(http://e.org/a...)', 'http://e.org/a'],
	['(http://e.org?!)', 'http://e.org'],
	['((http://e.org/a.).)', 'http://e.org/a'],
	['[http://e.org/a.]', 'http://e.org/a'],
	['{http://e.org/a;}', 'http://e.org/a'],
	['<http://e.org/a.>', 'http://e.org/a'],
	['"http://example.com/foo."', 'http://example.com/foo'],
	['"http://e.org/a"', 'http://e.org/a'],
	['"http://e.org/a!?"', 'http://e.org/a'],
	["'http://e.org/a.'", 'http://e.org/a'],
	["'http://e.org/a'", 'http://e.org/a'],
	['“http://e.org/a.”', 'http://e.org/a'],
	['«http://e.org/a!»', 'http://e.org/a'],
	['「http://e.org/a。」', 'http://e.org/a'],
	['("http://e.org/a.")', 'http://e.org/a'],
	['("http://e.org/a".)', 'http://e.org/a'],
	["('http://e.org/a'.)", 'http://e.org/a'],
	['http://e.org/a.\'")]}', 'http://e.org/a'],
	['"http://e.org/a","http://e.org/b"', 'http://e.org/a', 'http://e.org/b'],
	["'http://e.org/a','http://e.org/b'", 'http://e.org/a', 'http://e.org/b'],
	['(http://e.org/a),(http://e.org/b)', 'http://e.org/a', 'http://e.org/b'],
	// Markup.
	['[words](http://e.org/a)', 'http://e.org/a'],
	['[http://e.org/a.](x)', 'http://e.org/a'],
	['`http://e.org/a`', 'http://e.org/a'],
	['*see http://e.org/a*', 'http://e.org/a'],
	['**http://e.org/a.**', 'http://e.org/a'],
	['_see http://e.org/a_', 'http://e.org/a'],
	['| http://e.org/a|', 'http://e.org/a'],
	// Characters that belong to the address.
	['https://en.wikipedia.org/wiki/A_(b)_(c).', 'https://en.wikipedia.org/wiki/A_(b)_(c)'],
	['(https://en.wikipedia.org/wiki/A_(b).)', 'https://en.wikipedia.org/wiki/A_(b)'],
	['(https://en.wikipedia.org/wiki/A_(b))', 'https://en.wikipedia.org/wiki/A_(b)'],
	['http://e.org/(a.)', 'http://e.org/(a.)'],
	['http://e.org/a(b', 'http://e.org/a'],
	['http://e.org/a)b', 'http://e.org/a'],
	['http://e.org/?a[b]=c.', 'http://e.org/?a[b]=c'],
	["http://e.org/it's", "http://e.org/it's"],
	["http://e.org/f('a')", "http://e.org/f('a')"],
	["http://e.org/f('a','b')", "http://e.org/f('a','b')"],
	['http://e.org/a,b;c:d!e.f', 'http://e.org/a,b;c:d!e.f'],
	['http://e.org/~a/_b*/', 'http://e.org/~a/_b*/'],
	['https://web.archive.org/web/2020/http://e.org/a.', 'https://web.archive.org/web/2020/http://e.org/a'],
	// Invisible characters.
	['http://e.org/a\u200b', 'http://e.org/a'],
	['http://e.org/a\u2060', 'http://e.org/a'],
	['http://e.org/a.\u200b\u2060', 'http://e.org/a'],
	['(http://e.org/a.\u200b)', 'http://e.org/a'],
	['http://e.org/a\ufeff', 'http://e.org/a'],
	['http://e.org/a\u2800b', 'http://e.org/a'],
	['http://e.org/a\u3164', 'http://e.org/a'],
	['http://e.org/a\u{e0061}b', 'http://e.org/a'],
	['http://bank.com\u00ad.evil.example', 'http://bank.com'],
	['http://bank\u200d.com/', 'http://bank'],
	// Bidirectional controls.
	['http://evil.example/\u202emoc.knab//:sptth', 'http://evil.example/'],
	...[...'\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u2066\u2067\u2068\u2069'].map((control): [string, string] => [
		`http://e.org/a${control}b`,
		'http://e.org/a'
	]),
	// Misleading or invalid addresses.
	['http://bank.com@evil.example', 'http://bank.com'],
	['http://evil.example\\@bank.com', 'http://evil.example'],
	['http://a|b.com/'],
	['http://256.256.256.256/']
];

describe('the end of a web address', () => {
	test.each(PUNCTUATED)('in %j', (text, ...addresses) => {
		expect(linked(text)).toEqual(addresses);
		expect(linked(`👍 ${text} and on`)).toEqual(addresses);
	});

	test('always gives a link that a browser can parse and that leads where its text says', () => {
		const part = fc.constantFrom(
			...'ab./\\:@?#!;,\'"()[]{}<>|*_~`% \n\u202e\u2069\u200b\u00adא👍',
			'http://',
			'e.org',
			'\u{e0061}'
		);
		fc.assert(
			fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
				const text = parts.join('');
				for (const { start, end, href } of findLinks(text)) {
					expect(text.slice(start, end)).toBe(href);
					expect(URL.canParse(href)).toBe(true);
					expect(href).toMatch(/^https?:[^\s"<>`\p{Cf}\u2800]*[^\s"<>`\p{Cf}.,!?;:]$/iu);
				}
			}),
			{ numRuns: 2000 }
		);
	});

	test('is isolated from the direction of the surrounding text', () => {
		const text = '\u202e http://e.org/a.';
		expect(messageHtml(text, findLinks(text))).toBe(
			'\u202e <a href="http://e.org/a" rel="nofollow ugc noopener" target="_blank" dir="ltr">e.org/a</a>.'
		);
	});

	test('keeps its scheme after a word, which would look like a part of its host', () => {
		const text = 'my-bank-https://evil.example';
		expect(messageHtml(text, findLinks(text))).toContain('>https://evil.example</a>');
	});

	test.each([
		['https://example.org', 'example.org'],
		['HTTP://example.org/?a=1#b', 'example.org/?a=1#b'],
		[`https://example.org/${'a'.repeat(38)}`, `example.org/${'a'.repeat(38)}`],
		[`https://example.org/${'a'.repeat(39)}`, `example.org/${'a'.repeat(38)}…`],
		[`https://example.org/${'👍'.repeat(39)}`, `example.org/${'👍'.repeat(38)}…`],
		[`https://${'a'.repeat(60)}.example.org/page`, `${'a'.repeat(60)}.example.org/…`]
	])('%s is shown as %s', (address, shown) =>
		expect(messageHtml(address, findLinks(address))).toContain(`>${shown}</a>`)
	);
});
