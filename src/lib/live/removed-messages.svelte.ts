import { tellWorker } from '#lib/offline/worker-message.ts';

/** The messages that were deleted or flagged while this document was open. The data of its pages may still have them. */
let removed = $state.raw<ReadonlySet<number>>(new Set());

/** Returns whether a message was deleted or flagged while this document was open. */
export function isRemoved(id: number): boolean {
	return removed.has(id);
}

/** Notes that messages were deleted or flagged, and has the saved pages with them deleted. */
export function addRemoved(ids: number[]): void {
	const added = ids.filter((id) => !removed.has(id));
	if (added.length === 0) return;
	removed = new Set([...removed, ...added]);
	tellWorker({ removed: added });
}
