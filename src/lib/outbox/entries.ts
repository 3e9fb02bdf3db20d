import { announce } from '#lib/offline/broadcast.ts';
import { type Entry, type Wish, withDatabase } from './indexed-db.ts';

/*
 * What waits to be sent, in IndexedDB. Pages and worker write to it; each change is announced, so
 * that every tab shows the same.
 */

/** Who asks for something. */
interface Person {
	id: number;
	name: string;
}

/**
 * Puts a wish last in line. An id that is there already with the same text is the same wish, asked
 * twice; with another text (a draft that two tabs had opened) it is another one and gets an id of its own.
 * A follow or unfollow takes the place of what was asked of the same person before.
 */
export async function addEntry(
	{ id: owner, name: ownerName }: Person,
	wish: Wish,
	id: string = crypto.randomUUID()
): Promise<Entry> {
	const spareId = crypto.randomUUID();
	const entry = await withDatabase(async (database) => {
		const transaction = database.transaction('outbox', 'readwrite', { durability: 'strict' });
		const existing = await transaction.store.index('id').get(id);
		if (existing && isSame(existing, owner, wish)) return existing;
		const earlier = wish.kind === 'message' ? [] : await transaction.store.index('owner').getAll(owner);
		for (const other of earlier) {
			const isReplaced = isAboutSame(other, wish) && other.state !== 'sending';
			if (isReplaced) await transaction.store.delete(other.sequence);
		}
		const state = { state: 'waiting', attempts: 0, nextTryAt: 0, notBefore: 0, lastError: null } as const;
		const added = { ...wish, ...state, id: existing ? spareId : id, owner, ownerName };
		const sequence = await transaction.store.add(added as Entry);
		await transaction.done;
		return { ...added, sequence };
	});
	announce({ type: 'outbox' });
	return entry;
}

function isSame(entry: Entry, owner: number, wish: Wish): boolean {
	return entry.owner === owner && entry.kind === 'message' && wish.kind === 'message' && entry.text === wish.text;
}

/** Whether both ask for a follow or unfollow of the same person. */
function isAboutSame(one: Wish, other: Wish): boolean {
	return one.kind !== 'message' && other.kind !== 'message' && one.name === other.name;
}

/** The entries of an account in their order; of all accounts when none is given. */
export async function listEntries(owner?: number): Promise<Entry[]> {
	const entries = await withDatabase((database) =>
		owner === undefined ? database.getAll('outbox') : database.getAllFromIndex('outbox', 'owner', owner)
	);
	return entries.sort((one, other) => one.sequence - other.sequence);
}

/** Whether something else was asked of the same person after a follow or unfollow. */
export async function isOutdated(entry: Entry): Promise<boolean> {
	const entries = await listEntries(entry.owner);
	return entries.some((other) => other.sequence > entry.sequence && isAboutSame(other, entry));
}

/** Changes an entry that is still there. */
export async function updateEntry(
	{ sequence }: Entry,
	changes: Partial<Pick<Entry, 'state' | 'attempts' | 'nextTryAt' | 'notBefore' | 'lastError'>>
): Promise<void> {
	await withDatabase(async (database) => {
		const transaction = database.transaction('outbox', 'readwrite');
		const entry = await transaction.store.get(sequence);
		if (entry) await transaction.store.put({ ...entry, ...changes });
		await transaction.done;
	});
	announce({ type: 'outbox' });
}

/** Has a failed entry tried once more. */
export async function retryEntry(entry: Entry): Promise<void> {
	await updateEntry(entry, { state: 'waiting', attempts: 0, nextTryAt: 0, notBefore: 0, lastError: null });
}

/** Takes an entry out: it was sent, or nobody wants it any more. */
export async function deleteEntry({ sequence }: Entry): Promise<void> {
	await withDatabase((database) => database.delete('outbox', sequence));
	announce({ type: 'outbox' });
}
