import { MAX_MESSAGE_LENGTH, countCodePoints } from '../limits.ts';
import { SQL, queryRow } from './database.ts';
import { type Latest, withLatest } from './latest.ts';
import { countChange } from './metrics.ts';
import { notifyNewMessages } from './new-messages.ts';
import { isStorable, searchableName } from './users.ts';

/** What is wrong with a text, as a sentence; null when nothing is. */
export function findTextFault(text: string): string | null {
	if (text.trim() === '') return 'You have to enter a message';
	const length = countCodePoints(text);
	if (length > MAX_MESSAGE_LENGTH) {
		return `A message can have at most ${MAX_MESSAGE_LENGTH} characters, this one has ${length}`;
	}
	return isStorable(text) ? null : 'A message cannot contain characters that are no text';
}

/** What a browser's form made of line ends (CRLF) counts as one character again. */
export function normalizeText(text: string): string {
	return text.replaceAll('\r\n', '\n');
}

/** Adds a message under an author's exact name. False when there is no such author. */
export async function createMessageAs(authorName: string, text: string, latest: Latest): Promise<boolean> {
	const message = await queryRow(
		withLatest(
			'create_message_as',
			latest,
			SQL`
		INSERT INTO messages (author_id, author_name, text)
		SELECT id, name, ${text} FROM users WHERE name = ${searchableName(authorName)} RETURNING id`
		)
	);
	if (message) noteNewMessage();
	return message !== null;
}

/** The message that a post made, or `conflict` when its client id already stands for another text. */
export type Posted = { id: number; isNew: boolean } | 'conflict';

/**
 * Adds a message. With a client id the call can be repeated: the same id and text again answers
 * with the same message and adds nothing. The unique key (author, client id) is written in the same
 * statement as the message; the update that changes nothing is what makes a conflict return its row.
 */
export async function createMessage(authorId: number, text: string, clientId: string | null): Promise<Posted> {
	const message = await queryRow<{ id: number; text: string; is_new: boolean }>(
		SQL`
		INSERT INTO messages (author_id, author_name, text, client_id)
		SELECT id, name, ${text}, ${clientId}::uuid FROM users WHERE id = ${authorId}
		ON CONFLICT ON CONSTRAINT messages_client_id_unique DO UPDATE SET client_id = excluded.client_id
		RETURNING id, text, xmax = 0 AS is_new`.setName('create_message')
	);
	if (!message) throw new Error('A message was posted for a person who does not exist');
	if (message.is_new) noteNewMessage();
	return message.text === text ? { id: message.id, isNew: message.is_new } : 'conflict';
}

function noteNewMessage(): void {
	countChange('message', 'insert');
	notifyNewMessages();
}
