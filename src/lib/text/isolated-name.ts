/*
 * A name in a sentence must not change the order in which the rest of the sentence is shown, as U+202E or a
 * right-to-left name would. An isolate of the Unicode Bidirectional Algorithm (UAX #9) prevents that: `<bdi>` in
 * HTML, U+2068 … U+2069 in plain text.
 */

const FIRST_STRONG_ISOLATE = '\u2068';
const POP_DIRECTIONAL_ISOLATE = '\u2069';
/** Isolate controls, and characters that may end a paragraph: browsers let both end the isolate around them. */
const ENDS_ISOLATE = /[\u2066-\u2069]|([\p{Cc}\u2029])/gu;
/** The blocks that Unicode reserves for right-to-left scripts, and the controls that change the direction. */
const CHANGES_DIRECTION =
	/[\p{Bidi_Control}\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** A name without what would end the isolate around it. */
export function withoutIsolateEnds(name: string): string {
	return name.replace(ENDS_ISOLATE, (_, control?: string) => (control ? ' ' : ''));
}

/** A name for a sentence in plain text; most names need no isolate and stay as they are. */
export function isolatedName(name: string): string {
	const contained = withoutIsolateEnds(name);
	if (!CHANGES_DIRECTION.test(contained)) return contained;
	return FIRST_STRONG_ISOLATE + contained + POP_DIRECTIONAL_ISOLATE;
}
