/*
 * Many people ask for the newest page at the same moment. While one read is under way all that
 * arrive share the next one, which begins after the last of them came, so that nobody is shown a
 * state from before their own request, and the database answers once for all of them.
 */

interface Read<T> {
	running: Promise<T>;
	next: Promise<T> | null;
}

const reads = new Map<string, Read<unknown>>();

/** The result of a read that starts no earlier than this call, shared by all calls with the same key. */
export function shareNext<T>(key: string, read: () => Promise<T>): Promise<T> {
	const current = reads.get(key) as Read<T> | undefined;
	if (!current) return start(key, read);
	current.next ??= current.running.then(
		() => start(key, read),
		() => start(key, read)
	);
	return current.next;
}

function start<T>(key: string, read: () => Promise<T>): Promise<T> {
	// In an async function, so that a read that throws at once leaves no entry behind for ever.
	const entry: Read<T> = { running: (async () => read())(), next: null };
	reads.set(key, entry);
	const leave = () => {
		if (entry.next === null && reads.get(key) === entry) reads.delete(key);
	};
	entry.running.then(leave, leave);
	return entry.running;
}
