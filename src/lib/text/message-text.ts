/** What browser, web server and API agree on about a text, so that all of them store and count the same. */

/** A text as it is stored: lines end in LF, whatever a form (CRLF) or a program sends. */
export function normalizeText(text: string): string {
	return text.replace(/\r\n?/g, '\n');
}

/** White space, controls, what Unicode calls ignorable, and the characters without ink that it does not call so. */
const INVISIBLE_ONLY = /^[\p{White_Space}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffb\u{1d159}]*$/u;

/** Whether nobody would see anything of a text. */
export function isBlank(text: string): boolean {
	return INVISIBLE_ONLY.test(text);
}
