import { MAX_NEW_MESSAGES_COUNTED, PAGE_SIZE } from '#lib/limits.ts';
import { SQL } from '#lib/server/database/database.ts';
import { createProfileStates } from '#lib/server/accounts/profile-states.ts';
import { createPageStates } from '#lib/server/database/page-states.ts';
import { type Cursor, type Page, type SelectRows, createPages } from '#lib/server/database/pagination.ts';
import { waitUntilReplayed } from '#lib/server/database/replica-reads.ts';
import { type Link, findLinks } from './links.ts';
import type { PostedMessage } from './post-message.ts';

/** A message as a timeline shows it. */
export interface TimelineMessage extends PostedMessage {
	/** The web addresses in the text. */
	links: Link[];
}

export type Timeline = Page<TimelineMessage>;

/** Reads a page of a timeline. */
export type ReadTimeline = (cursor: Cursor) => Promise<Timeline>;

/** The time tells messages apart that got the same id and version before and after a failover. */
export const VERSION = SQL`ROW(id, xmin, posted_at)::text AS version`;
const COLUMNS = SQL`id, author_name, text, posted_at, `.append(VERSION);

const selectPublic: SelectRows = (range) =>
	SQL`
	SELECT `
		.append(COLUMNS)
		.append(
			SQL` FROM messages WHERE NOT flagged AND NOT EXISTS (SELECT FROM closed_accounts WHERE user_id = author_id) AND `
		)
		.append(range.sql);

const selectByAuthor: SelectRows = (range) =>
	SQL`
	SELECT `
		.append(COLUMNS)
		.append(SQL` FROM messages WHERE author_id = page.list AND NOT flagged AND `)
		.append(range.sql);

const publicPages = createPages<PostedMessage>('public_timeline', selectPublic);
const userPages = createPages<PostedMessage>('user_timeline', selectByAuthor);

/** Resolves to the state of a page of all users' messages. */
export const findPublicTimelineState = createPageStates('public_timeline_state', selectPublic);

/** Resolves to the state of a user's profile and a page of their messages, by name; null if nobody has that name. */
export const findUserTimelineState = createProfileStates('user_timeline_state', selectByAuthor);

/**
 * The first step finds the authors whose newest message in the range is among the newest overall; no other author can
 * have a message on this page. Each followed user thus costs one index lookup. The second step reads only ids, again
 * from the index, and fetches only this page's messages.
 */
const homePages = createPages<PostedMessage>('home_timeline', (range) => {
	const ids = SQL`SELECT id FROM messages WHERE author_id = person.id AND NOT flagged AND `.append(range.sql);
	return SQL`
	WITH people AS (
		SELECT followee_id AS id FROM follows
		WHERE follower_id = page.list AND NOT EXISTS (SELECT FROM closed_accounts WHERE user_id = followee_id)
		UNION ALL
		SELECT page.list
	), authors AS (
		SELECT person.id FROM people AS person CROSS JOIN LATERAL (`
		.append(ids)
		.append(SQL` LIMIT 1) AS first ORDER BY first.id `)
		.append(range.direction)
		.append(
			SQL` LIMIT ${PAGE_SIZE + 1}
	)
	SELECT `
		)
		.append(COLUMNS)
		.append(
			SQL` FROM messages WHERE id = ANY (ARRAY(
		SELECT message.id FROM authors AS person CROSS JOIN LATERAL (`
		)
		.append(ids)
		.append(SQL` LIMIT ${PAGE_SIZE + 1}) AS message ORDER BY message.id `)
		.append(range.direction)
		.append(
			SQL` LIMIT ${PAGE_SIZE + 1}
	)) ORDER BY id `
		)
		.append(range.direction);
});

/** Reads a page of all users' messages. */
export async function readPublicTimeline(cursor: Cursor): Promise<Timeline> {
	return withAllLinks(await publicPages(0, cursor));
}

/** Reads a page of one user's messages. */
export async function readUserTimeline(userId: number, cursor: Cursor): Promise<Timeline> {
	return withAllLinks(await userPages(userId, cursor));
}

/** Reads a page of the messages of a user and of everyone whom that user follows. */
export async function readHomeTimeline(userId: number, cursor: Cursor): Promise<Timeline> {
	return withAllLinks(await homePages(userId, cursor));
}

/**
 * The maximum number of pages read to count new messages: enough to reach the limit unless the reader wrote
 * most of them.
 */
const MAX_PAGES_COUNTED = 5;

/**
 * Resolves to the ids of messages after `after` in a timeline, without those by `reader`: all of them, or more
 * than MAX_NEW_MESSAGES_COUNTED. `read` reads a page of the timeline. Waits until a replica in use has the messages:
 * a client that receives an id reads the message next.
 */
export async function listNewMessageIds(read: ReadTimeline, after: number, reader: string | null): Promise<number[]> {
	const ids: number[] = [];
	let next: number | null = after;
	for (let pages = 0; next !== null && pages < MAX_PAGES_COUNTED; pages++) {
		const page: Timeline = await read({ after: next });
		ids.push(...page.items.filter(({ author_name }) => author_name !== reader).map(({ id }) => id));
		next = ids.length > MAX_NEW_MESSAGES_COUNTED ? null : page.newer;
	}
	if (ids.length > 0) await waitUntilReplayed();
	return ids;
}

/** Adds the web addresses in the text to a message. */
export function withLinks(message: PostedMessage): TimelineMessage {
	return { ...message, links: findLinks(message.text) };
}

function withAllLinks(page: Page<PostedMessage>): Timeline {
	return { ...page, items: page.items.map(withLinks) };
}
