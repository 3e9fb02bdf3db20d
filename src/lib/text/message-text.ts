/* The rules for texts that the browser, the web server and the API share, so that they store and count the same. */

/** Returns a text as it is stored: lines end in LF, although forms send CRLF and programs may send either. */
export function normalizeText(text: string): string {
	return text.replace(/\r\n?/g, '\n');
}

/** White space, controls, characters that Unicode calls ignorable, and the other characters without a glyph. */
const INVISIBLE_ONLY = /^[\p{White_Space}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffb\u{1d159}]*$/u;

/** Returns whether a text has no visible characters. */
export function isBlank(text: string): boolean {
	return INVISIBLE_ONLY.test(text);
}

const EMOJI_ONLY = /^(?:\p{Extended_Pictographic}|\s|\u200d|\ufe0f|[\u{1f1e6}-\u{1f1ff}]|[\u{1f3fb}-\u{1f3ff}])+$/u;

/** Returns whether a text has nothing but emoji and spaces. */
export function isEmojiOnly(text: string): boolean {
	return EMOJI_ONLY.test(text);
}
