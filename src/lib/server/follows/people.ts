import { PAGE_SIZE, MAX_USERNAME_LENGTH, countCodePoints } from '#lib/limits.ts';
import { isStorable } from '#lib/server/accounts/users.ts';
import { createReadBatch } from '#lib/server/database/batch.ts';
import { SQL, type Statement } from '#lib/server/database/database.ts';
import { type Cursor, type Page, type SelectRows, createPages } from '#lib/server/database/pagination.ts';
import { readRows } from '#lib/server/database/replica-reads.ts';

/** A user in a list of people. */
export interface Person {
	/** The cursor of the list. */
	id: number;
	name: string;
	/** The first line of their newest message that is not blank; null without one. */
	last_line: string | null;
	/** The id of that message. */
	last_message: number | null;
	/** Whether the viewer follows them. */
	is_followed: boolean;
}

export type PeoplePage = Page<Person>;

/** Returns the subquery of a user's newest message: its id, author, first line and version. `user` is their id. */
export function newestMessageOf(user: Statement): Statement {
	return SQL`(
		SELECT id, author_id, author_name, split_part(ltrim(text, E' \\t\\n'), E'\\n', 1) AS last_line,
			ROW(id, xmin, posted_at)::text AS version
		FROM messages WHERE author_id = `.append(user).append(SQL` AND NOT flagged ORDER BY id DESC LIMIT 1
	)`);
}

/** Returns the column that tells whether the viewer follows a user. */
export function isFollowedBy(viewer: Statement, user: Statement): Statement {
	return SQL`EXISTS (SELECT FROM follows AS own WHERE own.follower_id = `
		.append(viewer)
		.append(SQL` AND own.followee_id = `)
		.append(user)
		.append(SQL`) AS is_followed`);
}

/** How many people the list of the recently active has: three pages. */
const MAX_ACTIVE = 3 * PAGE_SIZE;
/** How many messages are read at a time to find them. */
const BLOCK = 500;
const MAX_BLOCKS = 14;

/**
 * Reads blocks of the newest messages until they have enough authors. Mostly the first one has. After the first 2,000
 * messages each block is twice as far from the one before, so that somebody who wrote the last 10,000 messages hides
 * nobody who wrote before that, and the cost is bounded. Each author's newest message is then looked up in the index.
 */
const selectActive: SelectRows = (range) =>
	SQL`
	WITH RECURSIVE scan AS (
		SELECT 0 AS blocks, 9223372036854775807 AS below, '{}'::bigint[] AS authors
		UNION ALL
		SELECT blocks + 1, lowest - CASE WHEN blocks < 3 THEN 0 ELSE ${BLOCK}::bigint << (blocks - 2) END, authors || fresh
		FROM scan CROSS JOIN LATERAL (
			SELECT min(oldest) AS lowest,
				array_agg(author_id ORDER BY newest DESC) FILTER (WHERE author_id <> ALL (scan.authors)) AS fresh
			FROM (
				SELECT author_id, max(id) AS newest, min(id) AS oldest FROM (
					SELECT id, author_id FROM messages WHERE NOT flagged AND id < scan.below ORDER BY id DESC LIMIT ${BLOCK}
				) AS message GROUP BY author_id
			) AS author
		) AS block
		WHERE lowest IS NOT NULL AND cardinality(authors) < ${MAX_ACTIVE}::integer AND blocks < ${MAX_BLOCKS}::integer
	), active AS (
		SELECT unnest(authors[:${MAX_ACTIVE}::integer]) AS author_id
		FROM (SELECT authors FROM scan ORDER BY blocks DESC LIMIT 1) AS last
	)
	SELECT id, author_name AS name, last_line, id AS last_message, `
		.append(isFollowedBy(SQL`page.viewer`, SQL`author_id`))
		.append(SQL`, version FROM (SELECT newest.* FROM active CROSS JOIN LATERAL `)
		.append(newestMessageOf(SQL`active.author_id`))
		.append(
			SQL` AS newest) AS person
	WHERE author_id IS DISTINCT FROM page.viewer AND NOT EXISTS (SELECT FROM closed_accounts WHERE user_id = author_id) AND `
		)
		.append(range.sql);

const activePages = createPages<Person>('active_people', selectActive);

/** Reads a page of the people who wrote most recently, without the viewer. */
export async function listActivePeople(cursor: Cursor, viewer: number | null): Promise<PeoplePage> {
	return activePages(0, cursor, viewer);
}

interface Search {
	beginning: string;
	viewer: number | null;
}

/**
 * The bounds are in the order of the bytes, as the index is. LIKE with a parameter could not use it in a plan that is
 * kept for all values. No name contains the noncharacter U+10FFFF, which is above all others.
 */
const searchPeople = createReadBatch<Search, Person[]>({
	name: 'search_people',
	async run(searches) {
		const rows = await readRows<Person & { ordinal?: number }>(
			SQL`
			SELECT person.*, input.ordinal FROM unnest(
				${searches.map(({ beginning }) => beginning)}::text[], ${searches.map(({ viewer }) => viewer)}::bigint[]
			) WITH ORDINALITY AS input (beginning, viewer, ordinal)
			CROSS JOIN LATERAL (SELECT lower(normalize(input.beginning, NFKC)) AS beginning) AS folded
			CROSS JOIN LATERAL (
				SELECT users.id, users.name, newest.last_line, newest.id AS last_message, `
				.append(isFollowedBy(SQL`input.viewer`, SQL`users.id`))
				.append(SQL` FROM users LEFT JOIN LATERAL `)
				.append(newestMessageOf(SQL`users.id`))
				.append(
					SQL` AS newest ON true
				WHERE name_key ~>=~ folded.beginning AND name_key ~<~ (folded.beginning || U&'\\+10FFFF')
					AND NOT EXISTS (SELECT FROM closed_accounts WHERE user_id = users.id)
				ORDER BY name_key USING ~<~ LIMIT ${PAGE_SIZE + 1}
			) AS person`
				)
				.setName('search_people')
		);
		const found: Person[][] = searches.map(() => []);
		for (const { ordinal, ...person } of rows) found[(ordinal ?? 0) - 1]?.push(person as Person);
		return found;
	}
});

/**
 * Finds people by the beginning of their name, whatever its case or compatibility form: a page of them in the order of
 * their names, and whether there are more.
 */
export async function findPeople(
	beginning: string,
	viewer: number | null
): Promise<{ people: Person[]; hasMore: boolean }> {
	// No name is longer, and normalizing takes quadratic time.
	const isName = isStorable(beginning) && countCodePoints(beginning) <= MAX_USERNAME_LENGTH;
	const people = isName ? await searchPeople({ beginning, viewer }) : [];
	return { people: people.slice(0, PAGE_SIZE), hasMore: people.length > PAGE_SIZE };
}
