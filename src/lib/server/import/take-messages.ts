import type pg from 'pg';
import { SQL, type Statement } from '#lib/server/database/database.ts';
import { firstRow } from './first-row.ts';
import { MESSAGE_ROW } from './list-rejects.ts';
import type { ImportSummary, Reject, Tally } from './tally.ts';

/*
 * Takes the staged messages, after the accounts. One that an earlier import took is recognized by its author and client id.
 */

/** Staged messages whose authors had an account here when the accounts were taken. It can be removed meanwhile. */
const OWNED_MESSAGES = SQL`
	import_messages AS staged
	JOIN import_users AS person ON person.id = staged.author_id AND person.user_id IS NOT NULL
	LEFT JOIN users ON users.id = person.user_id`;

/** The message here that an earlier import has taken. A value, not EXISTS: its join would read all messages for each part. */
const MESSAGE_HERE = SQL`(
	SELECT id FROM messages WHERE messages.author_id = users.id AND messages.client_id = staged.client_id
)`;

/** Of messages that were flagged: the older system knows no reasons. */
const FLAG_REASON = 'hidden before the move to this site';

/** What became of staged messages. */
type Counts = Omit<Tally, 'read'>;

/** A place in the order in which messages are taken: their date, the id there, and the client id. */
type Place = { posted_at: string; id: string; client_id: string };

const PLACE = SQL`(staged.posted_at, staged.id, staged.client_id)`;
const FIRST: Place = { posted_at: '-infinity', id: '0', client_id: '00000000-0000-0000-0000-000000000000' };
const LAST: Place = { ...FIRST, posted_at: 'infinity' };

/** How messages are taken: so many with one statement, after which `onPart` is called. */
export interface Parts {
	rows: number;
	/** `done` of `total` messages were taken, or were there. */
	onPart(done: number, total: number, isLast: boolean): Promise<void>;
	onReject(reject: Reject): void;
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
	const owned = messages.read - messages.rejected;
	if (parts === null) add(messages, await countMessages(client));
	for (let after = FIRST; parts !== null && after !== LAST;) {
		const end = await findEndOfPart(client, after, parts.rows);
		add(messages, await takePart(client, isWithin(after, end), parts.onReject));
		await parts.onPart(messages.imported + messages.there, owned, end === LAST);
		after = end;
	}
}

function add(messages: Tally, counts: Counts): void {
	for (const outcome of Object.keys(counts) as (keyof Counts)[]) messages[outcome] += counts[outcome];
}

const COUNTS = SQL`
	SELECT (SELECT count(*) FROM taken) AS imported, count(here) AS there, count(*) FILTER (WHERE author IS NULL) AS rejected,
		count(*) FILTER (WHERE author IS NOT NULL AND here IS NULL) - (SELECT count(*) FROM taken) AS merged
	FROM found`;

async function countMessages(client: pg.ClientBase): Promise<Counts> {
	return firstRow<Counts>(
		client,
		SQL`
		WITH found AS (SELECT users.id AS author, staged.client_id, `
			.append(MESSAGE_HERE)
			.append(SQL` AS here FROM `)
			.append(OWNED_MESSAGES)
			.append(SQL`), taken AS (SELECT DISTINCT author, client_id FROM found WHERE author IS NOT NULL AND here IS NULL)`)
			.append(COUNTS)
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

async function takePart(client: pg.ClientBase, part: Statement, onReject: Parts['onReject']): Promise<Counts> {
	// The accounts stay until the end of the transaction, with their names, which are on the messages.
	await client.query(
		SQL`
		SELECT FROM users WHERE id IN (
			SELECT person.user_id FROM import_messages AS staged JOIN import_users AS person ON person.id = staged.author_id WHERE `
			.append(part)
			.append(SQL`) ORDER BY id FOR KEY SHARE`)
	);
	const counts = await firstRow<Counts>(
		client,
		SQL`
		WITH found AS MATERIALIZED (
			SELECT staged.*, users.id AS author, users.name, `
			.append(MESSAGE_HERE)
			.append(SQL` AS here FROM `)
			.append(OWNED_MESSAGES)
			.append(SQL` WHERE `)
			.append(part)
			.append(
				SQL`
		), taken AS (
			INSERT INTO messages (author_id, author_name, text, posted_at, flagged, client_id)
			SELECT author, name, text, posted_at, flagged, client_id
			FROM found WHERE author IS NOT NULL AND here IS NULL
			ORDER BY posted_at, id, client_id ON CONFLICT (author_id, client_id) DO NOTHING
			RETURNING id, author_id, flagged, posted_at
		), explained AS (
			INSERT INTO flags (message_id, author_id, flagged_at, reason)
			SELECT id, author_id, posted_at, ${FLAG_REASON} FROM taken WHERE flagged
		)
		`
			)
			.append(COUNTS)
	);
	if (counts.rejected > 0) await listOrphans(client, part, onReject);
	return counts;
}

/** Tells of messages whose authors were removed here after the accounts had been taken. */
async function listOrphans(client: pg.ClientBase, part: Statement, onReject: Parts['onReject']): Promise<void> {
	const { rows } = await client.query<Reject>(
		SQL`
		SELECT 'message' AS kind, 'the account of the author has just been removed here' AS reason, `
			.append(MESSAGE_ROW)
			.append(SQL` FROM `)
			.append(OWNED_MESSAGES)
			.append(SQL` WHERE users.id IS NULL AND `)
			.append(part)
	);
	rows.forEach(onReject);
}

function isWithin(after: Place, end: Place): Statement {
	return SQL``
		.append(PLACE)
		.append(isPlace(SQL`>`, after))
		.append(SQL` AND `)
		.append(PLACE)
		.append(isPlace(SQL`<=`, end));
}

function isPlace(operator: Statement, { posted_at, id, client_id }: Place): Statement {
	return SQL` `.append(operator).append(SQL` (${posted_at}::timestamptz, ${id}::bigint, ${client_id}::uuid)`);
}
