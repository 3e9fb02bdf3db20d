import { expect, test } from 'vitest';
import { isEmojiOnly } from '#lib/text/message-text.ts';
import { formatLocalTime } from '#lib/text/relative-time.ts';

test.each(['🐦🎉👩‍👩‍👧‍👦', '🇩🇰 👍🏽', '❤️\n🙂'])('%s has nothing but emoji', (text) => expect(isEmojiOnly(text)).toBe(true));

test.each(['7', '#', '🐦 and words', '(🐦)', ''])('%j has something else, or nothing', (text) =>
	expect(isEmojiOnly(text)).toBe(false)
);

test('a time is formatted in the reader’s time zone', () => {
	const time = new Date(2026, 10, 15, 18, 4, 9);
	expect(formatLocalTime(time)).toBe('15 Nov 2026, 18:04:09');
});
