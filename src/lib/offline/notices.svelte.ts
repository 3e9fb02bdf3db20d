let notice = $state<string | null>(null);

/** The sentence to be shown now, null when there is none. */
export function currentNotice(): string | null {
	return notice;
}

/** Shows a sentence in place of the one before; null takes it away. */
export function showNotice(sentence: string | null): void {
	notice = sentence;
}
