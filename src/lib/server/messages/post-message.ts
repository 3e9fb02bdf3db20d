import { MAX_MESSAGE_LENGTH, countCodePoints } from '#lib/limits.ts';
import { isBlank, normalizeText } from '#lib/text/message-text.ts';
import { type Writer, isForAnotherAccount, isMember } from '#lib/server/accounts/writers.ts';
import { createBatch, limitedLockWait } from '#lib/server/database/batch.ts';
import { SQL, queryRow, queryRows } from '#lib/server/database/database.ts';
import { countChange } from '#lib/server/observability/metrics.ts';
import { type Limited, afterRetries, refundWrite, spendOnWrite } from '#lib/server/accounts/rate-limits.ts';
import { type Suspended, findSuspension } from '#lib/server/accounts/suspended-accounts.ts';
import { isStorable, searchableName } from '#lib/server/accounts/users.ts';
import { notifyNewMessages } from './new-message-listener.ts';

/** A message to post. */
export interface NewMessage {
	text: string;
	/** A UUID that makes retries idempotent: the same message may arrive any number of times. Null for none. */
	clientId: string | null;
	/** The id of the account that the request names as its author, or null. */
	owner: number | null;
}

/** A stored message, flagged or not. */
export interface PostedMessage {
	id: number;
	author_name: string;
	/** Empty if the message was deleted. */
	text: string;
	posted_at: Date;
}

/** The outcome of a post. Only `posted` stores a message; `isNew` is false if it had been stored before. */
export type PostOutcome =
	| { kind: 'posted'; message: PostedMessage; isNew: boolean }
	/** The client id belongs to a message that was deleted since. */
	| { kind: 'deleted'; message: PostedMessage }
	/** The text or the client id is invalid; `sentence` is the error message. */
	| { kind: 'invalid'; sentence: string }
	/** The request names another account than the writer's. */
	| { kind: 'wrong-account' }
	/** The client id belongs to a message with another text. */
	| { kind: 'conflict' }
	/** The author does not exist. */
	| { kind: 'unknown' }
	| Suspended
	| { kind: 'limited'; limited: Limited };

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Posts a message, for forms, the outbox and the API. A message that was stored before spends no point of the
 * limits, because a browser cannot know whether a lost response was a success.
 */
export async function postMessage(
	writer: Writer,
	{ text: entered, clientId, owner }: NewMessage
): Promise<PostOutcome> {
	if (isForAnotherAccount(writer, owner)) return { kind: 'wrong-account' };
	const text = normalizeText(entered);
	const sentence = validate(text, clientId);
	if (sentence !== null) return { kind: 'invalid', sentence };
	return afterRetries(writer, clientId, () => postUnlessStored(writer, text, clientId));
}

async function postUnlessStored(writer: Writer, text: string, clientId: string | null): Promise<PostOutcome> {
	const earlier = isMember(writer) ? await findPosted(writer.name, clientId) : null;
	if (earlier) return compare(earlier, text, false);
	const limited = await spendOnWrite(writer, 'posts');
	if (limited) return { kind: 'limited', limited };
	const message = await insertMessage({ name: writer.name, text, clientId });
	// A concurrent request to another replica stored the same message and paid for it.
	if (!message?.is_new) await refundWrite(writer, 'posts');
	if (message) return compare(message, text, message.is_new);
	// What arrived before a suspension gets its first answer.
	const first = await findPosted(writer.name, clientId);
	if (first) return compare(first, text, false);
	return (await findSuspension(writer.name)) ?? { kind: 'unknown' };
}

function validate(text: string, clientId: string | null): string | null {
	if (isBlank(text)) return 'Write something first';
	const length = countCodePoints(text);
	if (length > MAX_MESSAGE_LENGTH) {
		return `A message can have at most ${MAX_MESSAGE_LENGTH} characters, this one has ${length}`;
	}
	if (!isStorable(text)) return 'A message cannot contain NUL or invalid Unicode characters';
	return clientId === null || UUID.test(clientId) ? null : 'The id of a message must be a UUID';
}

async function findPosted(name: string, clientId: string | null): Promise<PostedMessage | null> {
	if (clientId === null) return null;
	return queryRow<PostedMessage>(
		SQL`
		SELECT id, author_name, text, posted_at FROM messages
		WHERE author_id = (SELECT id FROM users WHERE name = ${searchableName(name)}) AND client_id = ${clientId}::uuid`.setName(
			'find_posted_message'
		)
	);
}

function compare({ id, author_name, text, posted_at }: PostedMessage, expected: string, isNew: boolean): PostOutcome {
	if (text === '') return { kind: 'deleted', message: { id, author_name, text, posted_at } };
	if (normalizeText(text) !== expected) return { kind: 'conflict' };
	return { kind: 'posted', message: { id, author_name, text, posted_at }, isNew };
}

interface Insert {
	name: string;
	text: string;
	clientId: string | null;
}

type InsertedMessage = PostedMessage & { client_id: string | null; is_new: boolean };

/**
 * Inserts messages. An output is null if the author does not exist or is suspended. The unique key (author, client id) is written in
 * the same statement as the message. The update that changes nothing makes the statement return the row of an
 * existing message. All batches write in the order of authors, so that their counts cannot deadlock.
 */
const insertMessage = createBatch<Insert, InsertedMessage | null>({
	name: 'create_message',
	async run(inserts) {
		// Of several retries in one batch, the first is inserted.
		const byKey = new Map(inserts.toReversed().map((insert, index) => [retryKey(insert) ?? index, insert]));
		const distinct = [...byKey.values()].reverse();
		const rows = await queryRows<InsertedMessage>(
			SQL`
			INSERT INTO messages (author_id, author_name, text, client_id)
			SELECT author.id, author.name, input.text, input.client_id
			FROM `
				.append(limitedLockWait(distinct))
				.append(
					SQL` CROSS JOIN unnest(
				${distinct.map(({ name }) => searchableName(name))}::text[],
				${distinct.map(({ text }) => text)}::text[],
				${distinct.map(({ clientId }) => clientId)}::uuid[]
			) WITH ORDINALITY AS input (name, text, client_id, ordinal)
			CROSS JOIN LATERAL (
				SELECT id, name FROM users
				WHERE users.name = input.name AND NOT EXISTS (SELECT FROM closed_accounts WHERE user_id = users.id)
					AND NOT EXISTS (SELECT FROM suspended_accounts WHERE user_id = users.id) LIMIT 1
			) AS author
			ORDER BY author.id, input.ordinal
			ON CONFLICT ON CONSTRAINT messages_client_id_unique DO UPDATE SET client_id = excluded.client_id
			RETURNING id, author_name, text, posted_at, client_id, xmax = 0 AS is_new`
				)
				.setName('create_message')
		);
		countChange('message', 'insert', rows.filter(({ is_new }) => is_new).length);
		if (rows.some(({ is_new }) => is_new)) notifyNewMessages();
		return assign(rows, inserts);
	}
});

/** A key that only retries of the same message share; null without a client id. */
function retryKey({ name, clientId }: Insert): string | null {
	return clientId === null ? null : JSON.stringify([name, clientId.toLowerCase()]);
}

/**
 * Finds each insert's row. Retries share one, which is new for the first of them. Without a client id, rows with the same
 * author and text are interchangeable, and the first of them belongs to the first insert.
 */
function assign(rows: InsertedMessage[], inserts: Insert[]): (InsertedMessage | null)[] {
	const keyOf = (insert: Insert) => retryKey(insert) ?? JSON.stringify([insert.name, { text: insert.text }]);
	const byKey = Map.groupBy(rows, (row) => keyOf({ name: row.author_name, text: row.text, clientId: row.client_id }));
	return inserts.map((insert) => {
		const found = byKey.get(keyOf(insert));
		const row = found?.shift() ?? null;
		if (row && insert.clientId !== null) found?.push({ ...row, is_new: false });
		return row;
	});
}
