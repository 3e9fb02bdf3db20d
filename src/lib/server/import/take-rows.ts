import type pg from 'pg';
import { SQL, type Statement } from '#lib/server/database/database.ts';
import type { ImportSummary, Tally } from './tally.ts';

/*
 * Takes the staged messages and follows, after the accounts. Each is recognized if an earlier import took it: a message by
 * its author and client id, a follow by its two ends, which are remembered when somebody ends it here.
 */

/** Staged messages with the accounts of their authors here. */
const OWNED_MESSAGES = SQL`
	import_messages AS staged
	JOIN import_users AS person ON person.id = staged.author_id
	JOIN users ON users.id = person.user_id`;

const IS_MESSAGE_HERE = SQL`EXISTS (
	SELECT FROM messages WHERE messages.author_id = users.id AND messages.client_id = staged.client_id
)`;

/** A place in the order in which messages are taken: their date, the id there, and the client id. */
type Place = { posted_at: string; id: string; client_id: string };

const PLACE = SQL`(staged.posted_at, staged.id, staged.client_id)`;
const FIRST: Place = { posted_at: '-infinity', id: '0', client_id: '00000000-0000-0000-0000-000000000000' };
const LAST: Place = { ...FIRST, posted_at: 'infinity' };

/**
 * Takes the staged messages, in the order of their dates and, within a second, of their ids, which gives them their order
 * here. `partRows` are those of one statement; calls `onPart` after it.
 */
export async function takeMessages(
	client: pg.ClientBase,
	{ messages }: ImportSummary,
	partRows: number,
	onPart: (taken: number, total: number, isLast: boolean) => Promise<void>
): Promise<void> {
	const owned = await countRows(client, SQL`SELECT count(*) FROM `.append(OWNED_MESSAGES));
	messages.there = await countRows(
		client,
		SQL`SELECT count(*) FROM `
			.append(OWNED_MESSAGES)
			.append(SQL` WHERE `)
			.append(IS_MESSAGE_HERE)
	);
	for (let after = FIRST; after !== LAST;) {
		const end = await findEndOfPart(client, after, partRows);
		messages.imported += await takePart(client, after, end);
		await onPart(messages.imported, owned - messages.there, end === LAST);
		after = end;
	}
	settle(messages, owned);
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
	return execute(
		client,
		SQL`
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
			.append(SQL` AND NOT `)
			.append(IS_MESSAGE_HERE)
			.append(SQL` ORDER BY staged.posted_at, staged.id ON CONFLICT (author_id, client_id) DO NOTHING`)
	);
}

function isPlace(operator: Statement, { posted_at, id, client_id }: Place): Statement {
	return SQL` `.append(operator).append(SQL` (${posted_at}::timestamptz, ${id}::bigint, ${client_id}::uuid)`);
}

const PAIRS = SQL`
	import_follows AS staged
	JOIN import_users AS follower ON follower.id = staged.follower_id AND follower.user_id IS NOT NULL
	JOIN import_users AS followee ON followee.id = staged.followee_id AND followee.user_id IS NOT NULL
		AND followee.user_id <> follower.user_id`;

/** Whether the follow is here, or was and has been ended. */
const IS_PAIR_KNOWN = SQL`(
	EXISTS (SELECT FROM follows WHERE follower_id = follower.user_id AND followee_id = followee.user_id)
	OR EXISTS (SELECT FROM imported_follows WHERE follower_id = follower.user_id AND followee_id = followee.user_id)
)`;

/** Takes the staged follows that no import has seen yet, in the order in which they were read. */
export async function takeFollows(client: pg.ClientBase, { follows }: ImportSummary): Promise<void> {
	const pairs = await countRows(client, SQL`SELECT count(*) FROM `.append(PAIRS));
	follows.there = await countRows(
		client,
		SQL`SELECT count(*) FROM `
			.append(PAIRS)
			.append(SQL` WHERE `)
			.append(IS_PAIR_KNOWN)
	);
	follows.imported = await execute(
		client,
		SQL`
		INSERT INTO follows (follower_id, followee_id, followed_at)
		SELECT follower.user_id, followee.user_id, coalesce(staged.followed_at, now())
		FROM `
			.append(PAIRS)
			.append(SQL` WHERE NOT `)
			.append(IS_PAIR_KNOWN)
			.append(SQL` ORDER BY staged.place ON CONFLICT (follower_id, followee_id) DO NOTHING`)
	);
	await execute(
		client,
		SQL`
		INSERT INTO imported_follows (follower_id, followee_id) SELECT follower.user_id, followee.user_id FROM `
			.append(PAIRS)
			.append(SQL` ON CONFLICT DO NOTHING`)
	);
	settle(follows, pairs);
}

/** Of the rows with an account here, those that are neither new nor there are doubles of another row. */
function settle(tally: Tally, owned: number): void {
	tally.merged = owned - tally.there - tally.imported;
}

async function execute(client: pg.ClientBase, statement: Statement): Promise<number> {
	return (await client.query(statement)).rowCount ?? 0;
}

async function countRows(client: pg.ClientBase, statement: Statement): Promise<number> {
	const { rows } = await client.query<{ count: number }>(statement);
	return rows[0]?.count ?? 0;
}
