/*
 * Many people request the newest page at the same moment. While one run is in progress, all requests that
 * arrive share the next run, which starts after the last of them arrived. Nobody gets a state older than their
 * request, and the database answers once for all of them.
 */

interface Run<T> {
	running: Promise<T>;
	next: Promise<T> | null;
}

const runs = new Map<string, Run<unknown>>();

/**
 * Resolves to the result of a run that starts no earlier than this call and is shared by all calls with the same key.
 */
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
	// The async function turns a synchronous throw into a rejection, so that no entry is left behind.
	const entry: Run<T> = { running: (async () => run())(), next: null };
	runs.set(key, entry);
	const leave = () => {
		if (entry.next === null && runs.get(key) === entry) runs.delete(key);
	};
	entry.running.then(leave, leave);
	return entry.running;
}
