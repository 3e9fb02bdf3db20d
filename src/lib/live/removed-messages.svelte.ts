import { SvelteSet } from 'svelte/reactivity';

/** The messages that were deleted or flagged while this document was open. The data of its pages may still have them. */
const removed = new SvelteSet<number>();

/** Returns whether a message was deleted or flagged while this document was open. */
export function isRemoved(id: number): boolean {
	return removed.has(id);
}

/** Notes that messages were deleted or flagged. */
export function addRemoved(ids: number[]): void {
	for (const id of ids) removed.add(id);
}
