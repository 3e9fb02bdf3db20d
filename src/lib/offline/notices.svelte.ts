/** What the fixed region says. */
export interface Notice {
	sentence: string;
	/** The path of the message that the sentence is about. */
	path?: string;
	undo?: {
		run: () => void;
		/**
		 * If given, the button takes the focus, because its place is lost; this element gets it when the button goes, the
		 * main content for null.
		 */
		returnTo?: HTMLElement | null;
	};
}

const SHOWN_FOR_MS = 6_000;
/** The sessionStorage key of the notice for the next document in this tab. */
const NEXT_NOTICE_KEY = 'notice';

/** The flash message in the page, until a notice would have repeated it. */
let flashInPage: string | null = null;
let notice = $state.raw<Notice | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;

/** Returns the notice to show now, or null. */
export function currentNotice(): Notice | null {
	return notice;
}

/** Sets the flash message that is part of the page. The next notice is not shown if it repeats it. */
export function setFlashInPage(sentence: string | null): void {
	flashInPage = sentence;
}

/**
 * Shows a sentence for a few seconds in place of the current notice; null removes the notice. A sentence that
 * the page says already is not repeated: a message that a form has posted is confirmed by the server and by
 * the outbox. `more` adds a link or a button.
 */
export function showNotice(sentence: string | null, more: Omit<Notice, 'sentence'> = {}): void {
	clearTimeout(timer);
	notice = sentence === null || sentence === flashInPage ? null : { sentence, ...more };
	flashInPage = null;
	if (notice !== null) timer = setTimeout(() => (notice = null), SHOWN_FOR_MS);
}

/** Saves a notice for the document that this tab loads next. */
export function showOnNextPage(sentence: string): void {
	try {
		sessionStorage.setItem(NEXT_NOTICE_KEY, sentence);
	} catch {
		// Without storage, the server's flash message is shown.
	}
}

/** Returns the notice that the previous document saved, or null, and deletes it so that it is shown once. */
export function takeNextNotice(): string | null {
	try {
		const sentence = sessionStorage.getItem(NEXT_NOTICE_KEY);
		sessionStorage.removeItem(NEXT_NOTICE_KEY);
		return sentence;
	} catch {
		return null;
	}
}
