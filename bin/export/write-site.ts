import { DatabaseSync } from 'node:sqlite';
import { BEGINNING } from '#lib/server/import/position.ts';
import type { Source, SourceRow, Value } from '#lib/server/import/source.ts';

/** The classic tables, and after their columns those for what the classic system does not know. */
const SCHEMA = `
	CREATE TABLE user (
		user_id integer PRIMARY KEY AUTOINCREMENT, username text NOT NULL, email text NOT NULL, pw_hash text NOT NULL,
		created_at text, display_name text, bio text, link text
	);
	CREATE TABLE message (
		message_id integer PRIMARY KEY AUTOINCREMENT, author_id integer NOT NULL, text text NOT NULL, pub_date integer,
		flagged integer, posted_at text, client_id text
	);
	CREATE TABLE follower (who_id integer, whom_id integer, followed_at text)`;

/** Rows of one transaction of SQLite. */
const PART_ROWS = 10_000;

/** How many rows of each kind were written. */
export interface Written {
	users: number;
	messages: number;
	follows: number;
}

/**
 * Writes the rows of a MiniTwit like this one to a new SQLite file with the classic tables. What its people have removed
 * is left out: deleted messages, and all of closed accounts.
 */
export async function writeSite(source: Source, path: string): Promise<Written> {
	const database = new DatabaseSync(path);
	const written: Written = { users: 0, messages: 0, follows: 0 };
	try {
		// The file of an interrupted export is removed, so no journal of it may stay on the disk. SQLite here refuses OFF.
		database.exec(`PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; ${SCHEMA}; BEGIN`);
		const add = {
			user: database.prepare('INSERT INTO user VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
			message: database.prepare('INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?)'),
			follow: database.prepare('INSERT INTO follower VALUES (?, ?, ?)')
		};
		let rows = 0;
		for await (const row of keptRows(source)) {
			add[row.kind].run(...valuesOf(row));
			written[`${row.kind}s`]++;
			if (++rows % PART_ROWS === 0) database.exec('COMMIT; BEGIN');
		}
		database.exec('COMMIT');
	} finally {
		database.close();
	}
	return written;
}

type KeptRow = Exclude<SourceRow, { kind: 'latest' }>;

async function* keptRows(source: Source): AsyncGenerator<KeptRow> {
	const closed = new Set<Value>();
	for await (const row of source.rows(BEGINNING)) {
		if (row.kind === 'latest') continue;
		if (row.kind === 'user' && row.fault) closed.add(row.id);
		const ends =
			row.kind === 'follow' ? [row.followerId, row.followeeId] : [row.kind === 'user' ? row.id : row.authorId];
		const isRemoved = row.kind === 'message' && Boolean(row.fault);
		if (!isRemoved && !ends.some((id) => closed.has(id))) yield row;
	}
}

function valuesOf(row: KeptRow): (string | number | null)[] {
	if (row.kind === 'user')
		return texts(row.id, row.name, row.email, row.password, row.createdAt, row.displayName, row.bio, row.link);
	if (row.kind === 'follow') return texts(row.followerId, row.followeeId, row.followedAt);
	const [id = null, authorId = null, text = null, postedAt = null, clientId = null] = texts(
		row.id,
		row.authorId,
		row.text,
		row.postedAt,
		row.clientId
	);
	return [id, authorId, text, secondsOf(String(postedAt)), row.flagged === 'true' ? 1 : 0, postedAt, clientId];
}

/** PostgreSQL gives every value as a text, or none. */
const texts = (...values: Value[]) => values.map((value) => (typeof value === 'string' ? value : null));

/** The whole seconds of a date as PostgreSQL writes it in UTC. */
const secondsOf = (date: string) => Math.floor(Date.parse(`${date.replace(' ', 'T').replace(/\+00$/, '')}Z`) / 1_000);
