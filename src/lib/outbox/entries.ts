import { broadcast } from '#lib/offline/broadcast.ts';
import { type Entry, type Intent, changeStores, withDatabase } from './indexed-db.ts';

/*
 * The entries of the outbox in IndexedDB. Pages and the service worker write to it and broadcast each
 * change, so that every tab shows the same entries.
 */

/** How long a deletion can be undone before it is sent. */
export const UNDO_MS = 6_000;

/** The author of an entry. */
interface Person {
	id: number;
	name: string;
}

/**
 * Appends an intent to the outbox and returns its entry. If an entry with the same id and text exists, that
 * entry is returned. If the id exists with another text (two tabs had the same draft open), the new entry
 * gets a new id. A follow or unfollow replaces earlier ones of the same user that aren't being sent, and a deletion
 * those of the same message; a deletion is held while it can be undone. Rejects if the browser has no storage, or no
 * space left.
 */
export async function addEntry(
	{ id: owner, name: ownerName }: Person,
	intent: Intent,
	id: string = crypto.randomUUID()
): Promise<Entry> {
	const spareId = crypto.randomUUID();
	const entry = await changeStores(async (outbox) => {
		const existing = await outbox.index('id').get(id);
		if (existing && isSameMessage(existing, owner, intent)) return existing;
		const earlier = intent.kind === 'message' ? [] : await outbox.index('owner').getAll(owner);
		for (const other of earlier) {
			const isReplaced = hasSameTarget(other, intent) && other.state !== 'sending';
			if (isReplaced) await outbox.delete(other.sequence);
		}
		const state = { state: 'waiting', attempts: 0, nextTryAt: 0, notBefore: 0, lastError: null } as const;
		const held = intent.kind === 'delete' ? { heldUntil: Date.now() + UNDO_MS } : {};
		const added = { ...intent, ...state, ...held, id: existing ? spareId : id, owner, ownerName };
		const sequence = await outbox.add(added as Entry);
		return { ...added, sequence };
	}, 'strict');
	broadcast({ type: 'outbox' });
	return entry;
}

function isSameMessage(entry: Entry, owner: number, intent: Intent): boolean {
	return entry.owner === owner && entry.kind === 'message' && intent.kind === 'message' && entry.text === intent.text;
}

/** Returns whether both follow or unfollow the same user, or delete the same message. */
function hasSameTarget(one: Intent, other: Intent): boolean {
	return targetOf(one) !== null && targetOf(one) === targetOf(other);
}

/** Returns the message's id or the user's name; null for a message to post. */
function targetOf(intent: Intent): number | string | null {
	if (intent.kind === 'message') return null;
	return intent.kind === 'delete' ? intent.message : intent.name;
}

/** Returns the entries of an account, or of all accounts, in sending order. */
export async function listEntries(owner?: number): Promise<Entry[]> {
	const entries = await withDatabase((database) =>
		owner === undefined ? database.getAll('outbox') : database.getAllFromIndex('outbox', 'owner', owner)
	);
	return entries.sort((one, other) => one.sequence - other.sequence);
}

/** Returns whether a newer entry has the same target. */
export async function isSuperseded(entry: Entry): Promise<boolean> {
	const entries = await listEntries(entry.owner);
	return entries.some((other) => other.sequence > entry.sequence && hasSameTarget(other, entry));
}

/** Changes an entry, unless it has been deleted. Returns whether it was there. */
export async function updateEntry(
	{ sequence }: Entry,
	changes: Partial<Pick<Entry, 'state' | 'attempts' | 'nextTryAt' | 'notBefore' | 'lastError'>>
): Promise<boolean> {
	const isThere = await changeStores(async (outbox) => {
		const entry = await outbox.get(sequence);
		if (entry) await outbox.put({ ...entry, ...changes });
		return entry !== undefined;
	});
	broadcast({ type: 'outbox' });
	return isThere;
}

/** Resets a failed entry so that it is sent again. */
export async function retryEntry(entry: Entry): Promise<void> {
	await updateEntry(entry, { state: 'waiting', attempts: 0, nextTryAt: 0, notBefore: 0, lastError: null });
}

/** Deletes an entry that will not be sent. */
export async function deleteEntry({ sequence }: Entry): Promise<void> {
	await withDatabase((database) => database.delete('outbox', sequence));
	broadcast({ type: 'outbox' });
}

/** Deletes an entry that was sent, and saves the time, in milliseconds since 1970. */
export async function deleteSentEntry({ sequence }: Entry, sentAt: number): Promise<void> {
	await changeStores((outbox, state) => Promise.all([outbox.delete(sequence), state.put(sentAt, 'sent')]));
	broadcast({ type: 'outbox' });
}

/** Returns whether an entry was sent between a time, in milliseconds since 1970, and now. */
export async function hasSentSince(time: number): Promise<boolean> {
	const sentAt = await withDatabase((database) => database.get('state', 'sent'));
	// A time in the future comes from a clock that has been set back since.
	return sentAt !== undefined && sentAt >= time && sentAt <= Date.now();
}

/** Deletes an entry that the user takes back. Returns false if it is being sent or has been sent. */
export async function discardEntry({ sequence }: Entry): Promise<boolean> {
	const isDiscarded = await changeStores(async (outbox) => {
		const entry = await outbox.get(sequence);
		const canDiscard = entry !== undefined && entry.state !== 'sending';
		if (canDiscard) await outbox.delete(sequence);
		return canDiscard;
	});
	broadcast({ type: 'outbox' });
	return isDiscarded;
}

/** Restores an entry that was discarded, at its place in the sending order. */
export async function restoreEntry(entry: Entry): Promise<void> {
	await withDatabase((database) => database.put('outbox', entry));
	broadcast({ type: 'outbox' });
}
