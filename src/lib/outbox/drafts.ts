/** A message that the user is writing. */
export interface Draft {
	/** The id that the message will have, created when writing began. */
	id: string;
	text: string;
}

/** Returns the localStorage key of an account's draft. It is saved on each keystroke, so it survives a crash. */
export function draftKey(owner: number): string {
	return `draft-${owner}`;
}

/** Parses a saved draft. Returns null if there is none or it isn't valid. */
export function parseDraft(json: string | null): Draft | null {
	try {
		const draft = JSON.parse(json ?? 'null') as Draft | null;
		return typeof draft?.text === 'string' && typeof draft.id === 'string' ? draft : null;
	} catch {
		return null;
	}
}

/** Returns an account's draft, or null if there is none or the browser has no storage. */
export function findDraft(owner: number): Draft | null {
	try {
		return parseDraft(localStorage.getItem(draftKey(owner)));
	} catch {
		return null;
	}
}

/** Returns a random UUID. Browsers provide `crypto.randomUUID` only over HTTPS and on localhost. */
export function newDraftId(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
	bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
	const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
	return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Saves a draft, or deletes it if it is empty. Without storage the text exists only in the page. */
export function saveDraft(owner: number, draft: Draft): void {
	try {
		if (draft.text === '') localStorage.removeItem(draftKey(owner));
		else localStorage.setItem(draftKey(owner), JSON.stringify(draft));
	} catch {
		// There is no storage, or it is full.
	}
}

/** Appends a text to the saved draft, unless the draft contains it already. Returns the draft. */
export function addToDraft(owner: number, text: string): Draft {
	const saved = findDraft(owner);
	if (saved?.text.includes(text)) return saved;
	const draft = saved ? { id: saved.id, text: `${saved.text}\n${text}` } : { id: newDraftId(), text };
	saveDraft(owner, draft);
	return draft;
}

/** Deletes an account's draft after it has signed out. */
export function deleteDraftsOf(owner: number): void {
	try {
		localStorage.removeItem(draftKey(owner));
	} catch {
		// Without storage there is no draft.
	}
}
