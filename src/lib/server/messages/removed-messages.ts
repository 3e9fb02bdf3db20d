import { SQL, execute, queryRows } from '#lib/server/database/database.ts';

/** The channel on which the ids of removed messages arrive, as a JSON array. */
export const REMOVED_CHANNEL = 'removed_messages';

/** As many ids as surely fit into the 8,000 bytes of a notification. */
const MAX_IDS_NOTIFIED = 400;
/** A page that has missed more shows them until it is loaded again. */
const MAX_IDS_LISTED = 1_000;

/**
 * Tells all processes that messages were deleted or flagged, so that open pages stop showing them. Resolves once it has
 * tried, and never rejects: a page that missed it asks when its stream opens again.
 */
export async function notifyRemovedMessages(ids: number[]): Promise<void> {
	for (let start = 0; start < ids.length; start += MAX_IDS_NOTIFIED) {
		const payload = JSON.stringify(ids.slice(start, start + MAX_IDS_NOTIFIED));
		await execute(SQL`SELECT pg_notify(${REMOVED_CHANNEL}, ${payload})`).catch(() => undefined);
	}
}

/** Resolves to the highest ids of messages that were deleted or flagged, as many as fit into a notification. */
export async function listNewestRemovedIds(): Promise<number[]> {
	const rows = await queryRows<{ id: number }>(
		SQL`SELECT id FROM messages WHERE flagged ORDER BY id DESC LIMIT ${MAX_IDS_NOTIFIED}`.setName('newest_removed')
	);
	return rows.map(({ id }) => id);
}

/** Resolves to the ids from `oldest` to `newest` of messages that were deleted or flagged, newest first. */
export async function listRemovedIds(oldest: number, newest: number): Promise<number[]> {
	const rows = await queryRows<{ id: number }>(
		SQL`
		SELECT id FROM messages WHERE flagged AND id BETWEEN ${oldest} AND ${newest}
		ORDER BY id DESC LIMIT ${MAX_IDS_LISTED}`.setName('removed_messages')
	);
	return rows.map(({ id }) => id);
}
