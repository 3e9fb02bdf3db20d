import { MAX_MESSAGE_LENGTH, countCodePoints } from '#lib/limits.ts';
import { isBlank, normalizeText } from '#lib/text/message-text.ts';
import { type Writer, isForAnotherAccount, isMember } from '#lib/server/accounts/writers.ts';
import { SQL, queryRow } from '#lib/server/database/database.ts';
import { countChange } from '#lib/server/observability/metrics.ts';
import { type Limited, refundWrite, spendOnWrite } from '#lib/server/accounts/rate-limits.ts';
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
	text: string;
	posted_at: Date;
}

/** The outcome of a post. Only `posted` stores a message; `isNew` is false if it had been stored before. */
export type PostOutcome =
	| { kind: 'posted'; message: PostedMessage; isNew: boolean }
	/** The text or the client id is invalid; `sentence` is the error message. */
	| { kind: 'invalid'; sentence: string }
	/** The request names another account than the writer's. */
	| { kind: 'wrong-account' }
	/** The client id belongs to a message with another text. */
	| { kind: 'conflict' }
	/** The author does not exist. */
	| { kind: 'unknown' }
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
	const earlier = await findPosted(writer, clientId);
	if (earlier) return compare(earlier, text, false);
	const limited = await spendOnWrite(writer, 'posts');
	if (limited) return { kind: 'limited', limited };
	const message = await insertMessage(writer, text, clientId);
	// A concurrent request stored the same message and paid for it.
	if (!message?.is_new) await refundWrite(writer, 'posts');
	return message ? compare(message, text, message.is_new) : { kind: 'unknown' };
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

async function findPosted(writer: Writer, clientId: string | null): Promise<PostedMessage | null> {
	if (clientId === null || !isMember(writer)) return null;
	return queryRow<PostedMessage>(
		SQL`
		SELECT id, author_name, text, posted_at FROM messages
		WHERE author_id = ${writer.id} AND client_id = ${clientId}::uuid`.setName('find_posted_message')
	);
}

function compare({ id, author_name, text, posted_at }: PostedMessage, expected: string, isNew: boolean): PostOutcome {
	if (normalizeText(text) !== expected) return { kind: 'conflict' };
	return { kind: 'posted', message: { id, author_name, text, posted_at }, isNew };
}

/**
 * The unique key (author, client id) is written in the same statement as the message. The update that changes
 * nothing makes the statement return the row of an existing message.
 */
async function insertMessage(
	writer: Writer,
	text: string,
	clientId: string | null
): Promise<(PostedMessage & { is_new: boolean }) | null> {
	const insert = SQL`
		INSERT INTO messages (author_id, author_name, text, client_id)
		SELECT id, name, ${text}, ${clientId}::uuid FROM users WHERE name = ${searchableName(writer.name)}`;
	if (clientId !== null) {
		insert.append(SQL`
		ON CONFLICT ON CONSTRAINT messages_client_id_unique DO UPDATE SET client_id = excluded.client_id`);
	}
	insert.append(SQL` RETURNING id, author_name, text, posted_at, xmax = 0 AS is_new`);
	const name = clientId === null ? 'create_message' : 'create_message_once';
	const message = await queryRow<PostedMessage & { is_new: boolean }>(insert.setName(name));
	if (message?.is_new) {
		countChange('message', 'insert');
		notifyNewMessages();
	}
	return message;
}
