import { searchableName } from '#lib/server/accounts/users.ts';
import { createReadBatch } from '#lib/server/database/batch.ts';
import { SQL } from '#lib/server/database/database.ts';
import { noteVersion, stateOf } from '#lib/server/database/read-versions.ts';
import { readRows } from '#lib/server/database/replica-reads.ts';
import { type TimelineMessage, VERSION, withLinks } from './timelines.ts';
import type { PostedMessage } from './post-message.ts';

type Row = PostedMessage & { version: string; is_deleted: boolean };

/** Finds messages by id; an output is null if there is none, a moderator has flagged it or its author's account is closed. */
const readMessage = createReadBatch<number, Row | null>({
	name: 'find_message',
	async run(ids) {
		const rows = await readRows<Row>(
			SQL`SELECT id, author_name, text, posted_at, deleted_at IS NOT NULL AS is_deleted, `
				.append(VERSION)
				.append(
					SQL` FROM messages
				WHERE id = ANY (${[...new Set(ids)]}::bigint[]) AND (NOT flagged OR deleted_at IS NOT NULL)
					AND NOT EXISTS (SELECT FROM closed_accounts WHERE user_id = author_id)`
				)
				.setName('find_message')
		);
		const byId = new Map(rows.map((row) => [row.id, row]));
		return ids.map((id) => byId.get(id) ?? null);
	}
});

async function readMessageBy(author: string, id: number): Promise<Row | null> {
	const row = await readMessage(id);
	return row?.author_name === searchableName(author) ? row : null;
}

/** Resolves to a message by its author's name and its id, to 'deleted', or to null if there is no such message. */
export async function findMessage(author: string, id: number): Promise<TimelineMessage | 'deleted' | null> {
	const row = await readMessageBy(author, id);
	if (!row) return null;
	const { version, is_deleted, ...message } = row;
	noteVersion(version);
	return is_deleted ? 'deleted' : withLinks(message);
}

/** Resolves to the state of a message's page; parameters as for `findMessage`. */
export async function findMessageState(author: string, id: number): Promise<string | null> {
	const row = await readMessageBy(author, id);
	return row && stateOf([row.version]);
}
