import type pg from 'pg';
import { SQL, type Statement } from '#lib/server/database/database.ts';
import { countRows } from './count-rows.ts';
import { type ImportSummary, settle } from './tally.ts';

/*
 * Takes the staged messages, after the accounts. One that an earlier import took is recognized by its author and client id.
 */

/** Staged messages with the accounts of their authors here. */
const OWNED_MESSAGES = SQL`
	import_messages AS staged
	JOIN import_users AS person ON person.id = staged.author_id
	JOIN users ON users.id = person.user_id`;

/** The message here that an earlier import has taken. A value, not EXISTS: its join would read all messages for each part. */
const MESSAGE_HERE = SQL`(
	SELECT id FROM messages WHERE messages.author_id = users.id AND messages.client_id = staged.client_id
)`;

/** Of messages that were flagged: the older system knows no reasons. */
const FLAG_REASON = 'hidden before the move to this site';

/** A place in the order in which messages are taken: their date, the id there, and the client id. */
type Place = { posted_at: string; id: string; client_id: string };

const PLACE = SQL`(staged.posted_at, staged.id, staged.client_id)`;
const FIRST: Place = { posted_at: '-infinity', id: '0', client_id: '00000000-0000-0000-0000-000000000000' };
const LAST: Place = { ...FIRST, posted_at: 'infinity' };

/** How messages are taken: so many with one statement, after which `onPart` is called. */
export interface Parts {
	rows: number;
	onPart(taken: number, total: number, isLast: boolean): Promise<void>;
}

/**
 * Takes the staged messages, in the order of their dates and, within a second, of their ids, which gives them their order
 * here. Without `parts`, it only counts those that would be taken, and locks nothing.
 */
export async function takeMessages(
	client: pg.ClientBase,
	{ messages }: ImportSummary,
	parts: Parts | null
): Promise<void> {
	const owned = await countRows(client, SQL`SELECT count(*) FROM `.append(OWNED_MESSAGES));
	messages.there = await countRows(
		client,
		SQL`SELECT count(*) FROM `
			.append(OWNED_MESSAGES)
			.append(SQL` WHERE `)
			.append(MESSAGE_HERE)
			.append(SQL` IS NOT NULL`)
	);
	if (parts === null) messages.imported = await countNewMessages(client);
	for (let after = FIRST; parts !== null && after !== LAST;) {
		const end = await findEndOfPart(client, after, parts.rows);
		messages.imported += await takePart(client, after, end);
		await parts.onPart(messages.imported, owned - messages.there, end === LAST);
		after = end;
	}
	settle(messages, owned);
}

function countNewMessages(client: pg.ClientBase): Promise<number> {
	return countRows(
		client,
		SQL`SELECT count(DISTINCT (users.id, staged.client_id)) FROM `
			.append(OWNED_MESSAGES)
			.append(SQL` WHERE `)
			.append(MESSAGE_HERE)
			.append(SQL` IS NULL`)
	);
}

/** Finds the place of the last message of the part after a place. */
async function findEndOfPart(client: pg.ClientBase, after: Place, partRows: number): Promise<Place> {
	const { rows } = await client.query<Place>(
		SQL`SELECT posted_at::text, id::text, client_id FROM import_messages AS staged WHERE `
			.append(PLACE)
			.append(isPlace(SQL`>`, after))
			.append(SQL` ORDER BY staged.posted_at, staged.id, staged.client_id OFFSET ${partRows - 1} LIMIT 1`)
	);
	return rows[0] ?? LAST;
}

function takePart(client: pg.ClientBase, after: Place, end: Place): Promise<number> {
	return countRows(
		client,
		SQL`
		WITH taken AS (
			INSERT INTO messages (author_id, author_name, text, posted_at, flagged, client_id)
			SELECT users.id, users.name, staged.text, staged.posted_at, staged.flagged, staged.client_id
			FROM `
			.append(OWNED_MESSAGES)
			.append(SQL` WHERE `)
			.append(PLACE)
			.append(isPlace(SQL`>`, after))
			.append(SQL` AND `)
			.append(PLACE)
			.append(isPlace(SQL`<=`, end))
			.append(SQL` AND `)
			.append(MESSAGE_HERE)
			.append(
				SQL` IS NULL
			ORDER BY staged.posted_at, staged.id ON CONFLICT (author_id, client_id) DO NOTHING
			RETURNING id, author_id, flagged
		), explained AS (
			INSERT INTO flags (message_id, author_id, reason) SELECT id, author_id, ${FLAG_REASON} FROM taken WHERE flagged
		)
		SELECT count(*) FROM taken`
			)
	);
}

function isPlace(operator: Statement, { posted_at, id, client_id }: Place): Statement {
	return SQL` `.append(operator).append(SQL` (${posted_at}::timestamptz, ${id}::bigint, ${client_id}::uuid)`);
}
