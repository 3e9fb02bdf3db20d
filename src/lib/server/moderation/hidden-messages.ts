import { MAX_REASON_LENGTH, countCodePoints } from '#lib/limits.ts';
import { isBlank, normalizeText } from '#lib/text/message-text.ts';
import { isStorable } from '#lib/server/accounts/users.ts';
import { type Member, isForAnotherAccount } from '#lib/server/accounts/writers.ts';
import { SQL, type Statement, execute } from '#lib/server/database/database.ts';
import { type Cursor, type Page, type Range, createPages } from '#lib/server/database/pagination.ts';
import type { PostedMessage } from '#lib/server/messages/post-message.ts';
import { type TimelineMessage, withLinks } from '#lib/server/messages/timelines.ts';

/** Why a message is hidden, and what its author says to that, if anything. */
export interface Flag {
	reason: string;
	flagged_at: Date;
	answer: string | null;
	answered_at: Date | null;
}

/** A message that moderators have hidden. */
export interface HiddenMessage {
	message: TimelineMessage;
	flag: Flag;
}

type Row = PostedMessage & Flag;

function toHidden({ id, author_name, text, posted_at, ...flag }: Row): HiddenMessage {
	const { reason, flagged_at, answer, answered_at } = flag;
	return {
		message: withLinks({ id, author_name, text, posted_at }),
		flag: { reason, flagged_at, answer, answered_at }
	};
}

/** Returns the statement that selects hidden messages on a condition. */
const selectHidden = (condition: Statement) => (range: Range) =>
	SQL`
	SELECT hidden.* FROM (
		SELECT message_id AS id, author_name, text, posted_at, reason, flagged_at, answer, answered_at,
			ROW(flags.*)::text AS version
		FROM flags JOIN messages ON messages.id = message_id WHERE `
		.append(condition)
		.append(SQL`) AS hidden WHERE `)
		.append(range.sql);

const hiddenPages = createPages<Row>(
	'hidden_messages',
	selectHidden(SQL`NOT EXISTS (SELECT FROM closed_accounts WHERE user_id = flags.author_id)`)
);
const ownHiddenPages = createPages<Row>('own_hidden_messages', selectHidden(SQL`flags.author_id = page.list`));

/** Reads a page of all hidden messages, for moderators. */
export async function listHidden(cursor: Cursor): Promise<Page<HiddenMessage>> {
	const page = await hiddenPages(0, cursor);
	return { ...page, items: page.items.map(toHidden) };
}

/** Reads a page of an author's hidden messages; the author is the only one to see them. */
export async function listOwnHidden(authorId: number, cursor: Cursor): Promise<Page<HiddenMessage>> {
	const page = await ownHiddenPages(authorId, cursor);
	return { ...page, items: page.items.map(toHidden) };
}

/** Resolves to a hidden message of an author, or to null if the author has no such message or it is not hidden. */
export async function findOwnHidden(authorId: number, id: number): Promise<HiddenMessage | null> {
	const { items } = await listOwnHidden(authorId, { before: id + 1 });
	return items.find(({ message }) => message.id === id) ?? null;
}

/** The outcome of an answer. */
export type AnswerOutcome =
	| { kind: 'done' }
	| { kind: 'invalid'; sentence: string }
	/** The member has no such hidden message, or has answered already. */
	| { kind: 'unknown' }
	/** The request names another account than the member's. */
	| { kind: 'wrong-account' };

/**
 * Answers the reason for which a message of the member's is hidden, once, also from a suspended account. `owner` is the id
 * of the account that the request names, or null. Needs no limit of its own.
 */
export async function answerFlag(
	member: Member,
	id: number,
	entered: string,
	owner: number | null
): Promise<AnswerOutcome> {
	if (isForAnotherAccount(member, owner)) return { kind: 'wrong-account' };
	const answer = normalizeText(entered).trim();
	if (isBlank(answer)) return { kind: 'invalid', sentence: 'Write something first' };
	if (countCodePoints(answer) > MAX_REASON_LENGTH)
		return { kind: 'invalid', sentence: `${MAX_REASON_LENGTH} characters at most` };
	if (!isStorable(answer)) return { kind: 'invalid', sentence: "These characters can't be used" };
	const answered = await execute(SQL`
		UPDATE flags SET answer = ${answer}, answered_at = now()
		WHERE message_id = ${id} AND author_id = ${member.id} AND answer IS NULL`);
	return { kind: answered === 1 ? 'done' : 'unknown' };
}
