import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';

/*
 * Which state of a page a rendering shows. Each row that a page reads has a version, a text with its id and `xmin`, the
 * transaction that wrote it. Reads note the versions, so that a rendering is known to show exactly the rows that a later
 * check of the state finds, even if a message came and went between two checks.
 */

const versions = new AsyncLocalStorage<string[]>();

/** Notes the version of what the present `withState` reads, if there is one. */
export function noteVersion(version: string): void {
	versions.getStore()?.push(version);
}

/** Runs `work`. Resolves to its result and to the state that its reads returned. */
export async function withState<T>(work: () => Promise<T>): Promise<{ result: T; state: string }> {
	const read: string[] = [];
	const result = await versions.run(read, work);
	return { result, state: stateOf(read) };
}

/** Returns the state of a page that shows these versions, as PostgreSQL computes it in page-states.ts. */
export function stateOf(read: string[]): string {
	return createHash('md5').update(read.join('')).digest('hex');
}
