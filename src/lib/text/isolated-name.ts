/*
 * A name with U+202E or right-to-left letters could reorder the rest of its sentence. An isolate of the Unicode
 * Bidirectional Algorithm (UAX #9) prevents that: `<bdi>` in HTML, U+2068 … U+2069 in plain text.
 */

const FIRST_STRONG_ISOLATE = '\u2068';
const POP_DIRECTIONAL_ISOLATE = '\u2069';
/** Isolate controls and paragraph separators, which end an isolate in browsers. */
const ENDS_ISOLATE = /[\u2066-\u2069]|([\p{Cc}\u2029])/gu;
/** The Unicode blocks of right-to-left scripts, and the controls that change the direction. */
const CHANGES_DIRECTION =
	/[\p{Bidi_Control}\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Returns a name without the characters that would end the isolate around it. */
export function withoutIsolateEnds(name: string): string {
	return name.replace(ENDS_ISOLATE, (_, control?: string) => (control ? ' ' : ''));
}

/** Returns a name for a plain-text sentence, isolated if it could change the direction of the text around it. */
export function isolatedName(name: string): string {
	const contained = withoutIsolateEnds(name);
	if (!CHANGES_DIRECTION.test(contained)) return contained;
	return FIRST_STRONG_ISOLATE + contained + POP_DIRECTIONAL_ISOLATE;
}
