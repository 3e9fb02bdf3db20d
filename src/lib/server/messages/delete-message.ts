import { type Member, isForAnotherAccount } from '#lib/server/accounts/writers.ts';
import { SQL, queryRow } from '#lib/server/database/database.ts';
import { countChange } from '#lib/server/observability/metrics.ts';
import { notifyRemovedMessages } from './removed-messages.ts';

/** The outcome of a deletion. Repeating one is `done` and changes nothing. */
export type DeleteOutcome =
	| { kind: 'done' }
	/** The writer has no such message, or a moderator has flagged it. */
	| { kind: 'unknown' }
	/** The request names another account than the writer's. */
	| { kind: 'wrong-account' };

/**
 * Deletes a message of the writer's: its text is erased, and it appears nowhere, on open pages either. `owner` is the id of the account that
 * the request names, or null. Needs no limit of its own: each message that can be deleted was posted within one.
 */
export async function deleteMessage(writer: Member, id: number, owner: number | null): Promise<DeleteOutcome> {
	if (isForAnotherAccount(writer, owner)) return { kind: 'wrong-account' };
	const found = await queryRow<{ is_new: boolean }>(
		SQL`
		WITH deleted AS (
			UPDATE messages SET flagged = true, text = '', deleted_at = now()
			WHERE id = ${id} AND author_id = ${writer.id} AND NOT flagged
			RETURNING id
		)
		SELECT EXISTS (SELECT FROM deleted) AS is_new FROM messages
		WHERE id = ${id} AND author_id = ${writer.id} AND (NOT flagged OR deleted_at IS NOT NULL)`.setName('delete_message')
	);
	if (found?.is_new) {
		countChange('message', 'delete', 1);
		void notifyRemovedMessages([id]);
	}
	return { kind: found ? 'done' : 'unknown' };
}
