import { SQL, type Statement, queryRows } from '#lib/server/database/database.ts';
import { notifyRemovedMessages } from '#lib/server/messages/removed-messages.ts';
import { countChange } from '#lib/server/observability/metrics.ts';
import { type Action, type Actor, type Operator, recorded } from './audit-records.ts';
import { type ActionRefused, checkAction } from './permission.ts';

/** The outcome of an action on messages: the ids of those that it changed. Repeating it changes none. */
export type MessagesOutcome = { kind: 'done'; ids: number[] } | ActionRefused;

/** Messages that one statement changes: it holds their locks, and those of their authors' counts. */
const BATCH_SIZE = 500;

/** Hides messages everywhere, on open pages too. Their authors see why. Leaves out those that are hidden or deleted. */
export async function flagMessages(actor: Actor, ids: number[], reason: string): Promise<MessagesOutcome> {
	return changeMessages(actor, 'message.flag', ids, reason, flagged);
}

/** Shows messages again, unless their authors have deleted them. */
export async function unflagMessages(actor: Actor, ids: number[], reason: string): Promise<MessagesOutcome> {
	return changeMessages(actor, 'message.unflag', ids, reason, unflagged);
}

/** Deletes messages as their authors can: their text is erased. Also those that are hidden. */
export async function deleteMessages(operator: Operator, ids: number[], reason: string): Promise<MessagesOutcome> {
	return changeMessages(operator, 'message.delete', ids, reason, erased);
}

/** The first parts of a statement, which lock the messages to change, and their authors' counts in the order of posts. */
const locked = (ids: number[], condition: Statement) =>
	SQL`WITH locked AS (
		SELECT id, author_id FROM messages WHERE id = ANY (${ids}::bigint[]) AND `
		.append(condition)
		.append(
			SQL` ORDER BY author_id, id FOR UPDATE
	), counts AS (
		SELECT FROM user_counts WHERE user_id IN (SELECT author_id FROM locked) ORDER BY user_id FOR NO KEY UPDATE)`
		);

const CHANGED = SQL` WHERE id IN (SELECT id FROM locked) AND (SELECT count(*) FROM counts) > 0 RETURNING id AS message_id, author_id AS user_id, author_name AS user_name)`;

const flagged = (ids: number[], reason: string) =>
	locked(ids, SQL`NOT flagged`)
		.append(SQL`, changed AS (UPDATE messages SET flagged = true`)
		.append(CHANGED)
		.append(
			SQL`, explained AS (
		INSERT INTO flags (message_id, author_id, reason) SELECT message_id, user_id, ${reason} FROM changed
		ON CONFLICT (message_id) DO UPDATE
		SET flagged_at = now(), reason = excluded.reason, answer = NULL, answered_at = NULL)`
		)
		.append(REPORTS_CLOSED);

/** Reports on a message that is gone need no decision any more. */
const REPORTS_CLOSED = SQL`, decided AS (
		UPDATE reports SET closed_at = now()
		WHERE message_id IN (SELECT message_id FROM changed) AND closed_at IS NULL)`;

const NO_LONGER_FLAGGED = SQL`, explained AS (DELETE FROM flags WHERE message_id IN (SELECT message_id FROM changed))`;

const unflagged = (ids: number[]) =>
	locked(ids, SQL`flagged AND deleted_at IS NULL`)
		.append(SQL`, changed AS (UPDATE messages SET flagged = false`)
		.append(CHANGED)
		.append(NO_LONGER_FLAGGED);

const erased = (ids: number[]) =>
	locked(ids, SQL`deleted_at IS NULL`)
		.append(SQL`, changed AS (UPDATE messages SET flagged = true, text = '', deleted_at = now()`)
		.append(CHANGED)
		.append(NO_LONGER_FLAGGED)
		.append(REPORTS_CLOSED);

async function changeMessages(
	actor: Actor,
	action: Action,
	ids: number[],
	entered: string,
	change: (ids: number[], reason: string) => Statement
): Promise<MessagesOutcome> {
	const checked = await checkAction(actor, entered);
	if ('kind' in checked) return checked;
	const { reason } = checked;
	const changed: number[] = [];
	for (let start = 0; start < ids.length; start += BATCH_SIZE) {
		const statement = change(ids.slice(start, start + BATCH_SIZE), reason)
			.append(SQL`, recorded AS (`)
			.append(recorded(actor, { action, reason }, SQL`changed`))
			.append(SQL`) SELECT message_id FROM changed`);
		const batch = (await queryRows<{ message_id: number }>(statement)).map(({ message_id }) => message_id);
		countChange('message', action === 'message.delete' ? 'delete' : 'update', batch.length);
		if (action !== 'message.unflag') await notifyRemovedMessages(batch);
		changed.push(...batch);
	}
	return { kind: 'done', ids: changed.sort((a, b) => a - b) };
}
