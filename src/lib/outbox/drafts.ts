/** A message that is being written. */
export interface Draft {
	/** Made when writing began: the message will be known under it. */
	id: string;
	text: string;
}

/** The draft of an account is in localStorage: written at each letter, it is there after a crash. */
export function draftKey(owner: number): string {
	return `draft-${owner}`;
}

/** Null for none, and for what is no draft of ours. */
export function parseDraft(json: string | null): Draft | null {
	try {
		const draft = JSON.parse(json ?? 'null') as Draft | null;
		return typeof draft?.text === 'string' && typeof draft.id === 'string' ? draft : null;
	} catch {
		return null;
	}
}

/** Null when there is none, or when the browser keeps nothing. */
export function findDraft(owner: number): Draft | null {
	try {
		return parseDraft(localStorage.getItem(draftKey(owner)));
	} catch {
		return null;
	}
}

/** A UUID. Over plain HTTP to another machine browsers have no `crypto.randomUUID`. */
export function newDraftId(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
	bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
	const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
	return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Keeps a draft; an empty one is removed. Without storage the text is in the page alone. */
export function keepDraft(owner: number, draft: Draft): void {
	try {
		if (draft.text === '') localStorage.removeItem(draftKey(owner));
		else localStorage.setItem(draftKey(owner), JSON.stringify(draft));
	} catch {
		// A browser that keeps nothing, or no more.
	}
}

/** Puts a text below the draft that is there, unless it is in it already. Returns the draft. */
export function addToDraft(owner: number, text: string): Draft {
	const kept = findDraft(owner);
	if (kept?.text.includes(text)) return kept;
	const draft = kept ? { id: kept.id, text: `${kept.text}\n${text}` } : { id: newDraftId(), text };
	keepDraft(owner, draft);
	return draft;
}

/** Somebody has signed out. */
export function deleteDraftsOf(owner: number): void {
	try {
		localStorage.removeItem(draftKey(owner));
	} catch {
		// See above.
	}
}
