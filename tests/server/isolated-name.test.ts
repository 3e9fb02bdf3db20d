import { describe, expect, test } from 'vitest';
import { isolatedName } from '#lib/text/isolated-name.ts';
import { sentenceHtml } from '#lib/text/message-html.ts';

describe('a name in a sentence', () => {
	test.each(['Astrid', "o'neill", 'Zoë 7', '例え', 'Анна', '🐦'])('is not isolated if it is %j', (name) =>
		expect(isolatedName(name)).toBe(name)
	);

	test.each(['\u202eeman', 'שלום', 'نجوى', 'a\u200fb', 'a\u061cb', '\u{1e900}\u{1e922}', '\u{10800}'])(
		'is isolated if it is %j',
		(name) => expect(isolatedName(name)).toBe(`\u2068${name}\u2069`)
	);

	test.each([
		['a\u2069\u202eb', '\u2068a\u202eb\u2069'],
		['\u2066\u2067\u2068א', '\u2068א\u2069'],
		['א\u2029\u0085\n\u001cb', '\u2068א    b\u2069'],
		['a\u2069\nb', 'a b']
	])('cannot end its own isolate: %j', (name, isolated) => expect(isolatedName(name)).toBe(isolated));

	test('is isolated in HTML by a bdi element', () => {
		const [one, other] = ['<\u202eone>', 'שני'].map(isolatedName);
		expect(sentenceHtml(`"${one}" & ${other}, Astrid`)).toBe(
			'&#34;<bdi>&lt;\u202eone&gt;</bdi>&#34; &amp; <bdi>שני</bdi>, Astrid'
		);
	});
});
