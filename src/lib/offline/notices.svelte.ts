const SHOWN_FOR_MS = 6_000;
/** In sessionStorage: the sentence for the next document of this tab. */
const NEXT = 'notice';

let notice = $state<string | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;

/** The sentence to be shown now, null when there is none. */
export function currentNotice(): string | null {
	return notice;
}

/** Shows a sentence for some seconds, in place of the one before; null removes it. */
export function showNotice(sentence: string | null): void {
	clearTimeout(timer);
	notice = sentence;
	if (sentence !== null) timer = setTimeout(() => (notice = null), SHOWN_FOR_MS);
}

/** Leaves a sentence for the document that this tab loads next. */
export function showOnNextPage(sentence: string): void {
	try {
		sessionStorage.setItem(NEXT, sentence);
	} catch {
		// The server leaves a sentence as well.
	}
}

/** The sentence that the document before has left, null when there is none. It is shown once. */
export function takeNextNotice(): string | null {
	try {
		const sentence = sessionStorage.getItem(NEXT);
		sessionStorage.removeItem(NEXT);
		return sentence;
	} catch {
		return null;
	}
}
