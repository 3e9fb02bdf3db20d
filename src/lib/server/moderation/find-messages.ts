import { SQL, type Statement, queryRow, queryRows } from '#lib/server/database/database.ts';
import { isStorable, searchableName } from '#lib/server/accounts/users.ts';

/** A message as operators see it: also one that is flagged or deleted. */
export interface MessageRow {
	id: number;
	author_name: string;
	/** Empty if the message was deleted. */
	text: string;
	posted_at: Date;
	flagged: boolean;
	/** Why it is flagged, and what its author answered; null if it is not, or if its author deleted it. */
	reason: string | null;
	answer: string | null;
	deleted_at: Date | null;
}

/** Which messages are meant: those with all that is given. */
export interface MessageSelection {
	ids: number[] | null;
	/** Part of the text, in any case. */
	text: string | null;
	/** The exact name of the author. */
	author: string | null;
	/** Flagged or not; deleted messages count as neither. Null for all. */
	flagged: boolean | null;
}

function condition({ ids, text, author, flagged }: MessageSelection): Statement {
	const sought = text !== null && !isStorable(text) ? null : text;
	return SQL`(${ids}::bigint[] IS NULL OR messages.id = ANY (${ids}))
		AND (${text === null} OR strpos(lower(text), lower(${sought})) > 0)
		AND (${author === null} OR messages.author_id = (SELECT id FROM users WHERE name = ${searchableName(author ?? '')}))
		AND (${flagged}::boolean IS NULL OR flagged = ${flagged} AND deleted_at IS NULL)`;
}

/** Resolves to the selected messages, newest first, at most `limit`. */
export async function listSelectedMessages(selection: MessageSelection, limit: number): Promise<MessageRow[]> {
	return queryRows<MessageRow>(
		SQL`
		SELECT messages.id, author_name, text, posted_at, flagged, reason, answer, deleted_at
		FROM messages LEFT JOIN flags ON message_id = messages.id WHERE `
			.append(condition(selection))
			.append(SQL` ORDER BY messages.id DESC LIMIT ${limit}`)
	);
}

/** Resolves to the ids of all selected messages, in order. */
export async function listSelectedIds(selection: MessageSelection): Promise<number[]> {
	const found = await queryRow<{ ids: string[] }>(
		SQL`SELECT coalesce(array_agg(messages.id ORDER BY messages.id), '{}') AS ids FROM messages WHERE `.append(
			condition(selection)
		)
	);
	return (found?.ids ?? []).map(Number);
}
