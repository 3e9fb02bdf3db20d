/*
 * Many people ask for the newest page at the same moment. While one run is under way all that
 * arrive share the next one, which begins after the last of them came, so that nobody is shown a
 * state from before their own request, and the database answers once for all of them.
 */

interface Run<T> {
	running: Promise<T>;
	next: Promise<T> | null;
}

const runs = new Map<string, Run<unknown>>();

/** The result of a run that starts no earlier than this call, shared by all calls with the same key. */
export function shareNext<T>(key: string, run: () => Promise<T>): Promise<T> {
	const current = runs.get(key) as Run<T> | undefined;
	if (!current) return start(key, run);
	current.next ??= current.running.then(
		() => start(key, run),
		() => start(key, run)
	);
	return current.next;
}

function start<T>(key: string, run: () => Promise<T>): Promise<T> {
	// In an async function, so that a run that throws at once leaves no entry behind for ever.
	const entry: Run<T> = { running: (async () => run())(), next: null };
	runs.set(key, entry);
	const leave = () => {
		if (entry.next === null && runs.get(key) === entry) runs.delete(key);
	};
	entry.running.then(leave, leave);
	return entry.running;
}
