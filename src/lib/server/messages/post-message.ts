import { MAX_MESSAGE_LENGTH, countCodePoints } from '#lib/limits.ts';
import { isBlank, normalizeText } from '#lib/text/message-text.ts';
import { type Writer, isForAnotherAccount, isMember } from '#lib/server/accounts/writers.ts';
import { SQL, queryRow } from '#lib/server/database/database.ts';
import { countChange } from '#lib/server/observability/metrics.ts';
import { notifyNewMessages } from './new-message-listener.ts';
import { type Limited, refundWrite, spendOnWrite } from '#lib/server/accounts/rate-limits.ts';
import { isStorable, searchableName } from '#lib/server/accounts/users.ts';

/** What somebody asks to be posted. */
export interface NewMessage {
	text: string;
	/** A UUID under which the same message may come any number of times; null for none. */
	clientId: string | null;
	/** The id of the account that it was written under, null where none is named. */
	owner: number | null;
}

/** A message as it was recorded, flagged or not. */
export interface PostedMessage {
	id: number;
	author_name: string;
	text: string;
	posted_at: Date;
}

/** What came of a post. Nothing is recorded unless it is `posted`; `isNew` is false for one that had been posted before. */
export type PostOutcome =
	| { kind: 'posted'; message: PostedMessage; isNew: boolean }
	/** The text or the client id cannot be used; the sentence says why. */
	| { kind: 'invalid'; sentence: string }
	/** It was written under another account than the one that posts. */
	| { kind: 'wrong-account' }
	/** The client id stands for another text. */
	| { kind: 'conflict' }
	/** There is no such author. */
	| { kind: 'unknown' }
	| { kind: 'limited'; limited: Limited };

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Posts a message, from wherever it comes. One that was recorded before costs no point of the limits:
 * a browser cannot know whether an answer that was lost had been given.
 */
export async function postMessage(
	writer: Writer,
	{ text: entered, clientId, owner }: NewMessage
): Promise<PostOutcome> {
	if (isForAnotherAccount(writer, owner)) return { kind: 'wrong-account' };
	const text = normalizeText(entered);
	const sentence = findFault(text, clientId);
	if (sentence !== null) return { kind: 'invalid', sentence };
	const earlier = await findPosted(writer, clientId);
	if (earlier) return compare(earlier, text, false);
	const limited = await spendOnWrite(writer, 'posts');
	if (limited) return { kind: 'limited', limited };
	const message = await insertMessage(writer, text, clientId);
	// The same message has come twice at once: the other one has paid.
	if (!message?.is_new) await refundWrite(writer, 'posts');
	return message ? compare(message, text, message.is_new) : { kind: 'unknown' };
}

function findFault(text: string, clientId: string | null): string | null {
	if (isBlank(text)) return 'Write something first';
	const length = countCodePoints(text);
	if (length > MAX_MESSAGE_LENGTH) {
		return `A message can have at most ${MAX_MESSAGE_LENGTH} characters, this one has ${length}`;
	}
	if (!isStorable(text)) return 'A message cannot contain characters that are no text';
	return clientId === null || UUID.test(clientId) ? null : 'The id of a message is a UUID';
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
 * The unique key (author, client id) is written in the same statement as the message; the update that
 * changes nothing is what makes a message that is there already return its row.
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
