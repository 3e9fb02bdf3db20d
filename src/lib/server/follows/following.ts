import { type Writer, isForAnotherAccount } from '#lib/server/accounts/writers.ts';
import { SQL, queryRow, queryRows } from '#lib/server/database/database.ts';
import { countChange } from '#lib/server/observability/metrics.ts';
import { type Cursor, type Page, readPage } from '#lib/server/database/pagination.ts';
import { type Limited, spendOnWrite } from '#lib/server/accounts/rate-limits.ts';
import { searchableName } from '#lib/server/accounts/users.ts';

/** What came of a follow or unfollow; doing it again is `done` and changes nothing. */
export type FollowOutcome =
	| { kind: 'done' }
	/** One of the two is nobody. */
	| { kind: 'unknown' }
	| { kind: 'oneself' }
	/** It was asked for under another account than the one that acts. */
	| { kind: 'wrong-account' }
	| { kind: 'limited'; limited: Limited };

/** A person in a list of followers or following. */
export interface Person {
	/** Of the follow, not of the person: the list's cursor. */
	id: number;
	name: string;
}

interface Change {
	follower_id: number | null;
	followee_id: number | null;
	changed: number;
}

/**
 * Makes the writer follow somebody by exact name, from wherever it is asked for. `owner` is the id of the
 * account that it was asked for under, null where none is named. Each attempt costs a point of the
 * limits, also one that changes nothing.
 */
export async function follow(writer: Writer, followee: string, owner: number | null): Promise<FollowOutcome> {
	return (await findObstacle(writer, owner)) ?? judge(await insertFollow(writer, followee));
}

/** Ends a follow, as `follow` begins one. Nobody follows themselves: ending that is `done`. */
export async function unfollow(writer: Writer, followee: string, owner: number | null): Promise<FollowOutcome> {
	const outcome = (await findObstacle(writer, owner)) ?? judge(await deleteFollow(writer, followee));
	return outcome.kind === 'oneself' ? { kind: 'done' } : outcome;
}

async function findObstacle(writer: Writer, owner: number | null): Promise<FollowOutcome | null> {
	if (isForAnotherAccount(writer, owner)) return { kind: 'wrong-account' };
	const limited = await spendOnWrite(writer, 'follows');
	return limited && { kind: 'limited', limited };
}

async function insertFollow(writer: Writer, followee: string): Promise<Change | null> {
	const change = await queryRow<Change>(
		SQL`
		WITH people AS (
			SELECT (SELECT id FROM users WHERE name = ${searchableName(writer.name)}) AS follower_id,
				(SELECT id FROM users WHERE name = ${searchableName(followee)}) AS followee_id
		), follow AS (
			INSERT INTO follows (follower_id, followee_id)
			SELECT follower_id, followee_id FROM people
			WHERE follower_id IS NOT NULL AND followee_id IS NOT NULL AND follower_id <> followee_id
			ON CONFLICT DO NOTHING
			RETURNING id
		)
		SELECT follower_id, followee_id, (SELECT count(*) FROM follow) AS changed FROM people`.setName('create_follow')
	);
	countChange('follower', 'insert', change?.changed);
	return change;
}

async function deleteFollow(writer: Writer, followee: string): Promise<Change | null> {
	const change = await queryRow<Change>(
		SQL`
		WITH people AS (
			SELECT (SELECT id FROM users WHERE name = ${searchableName(writer.name)}) AS follower_id,
				(SELECT id FROM users WHERE name = ${searchableName(followee)}) AS followee_id
		), follow AS (
			DELETE FROM follows USING people
			WHERE follows.follower_id = people.follower_id AND follows.followee_id = people.followee_id
			RETURNING follows.id
		)
		SELECT follower_id, followee_id, (SELECT count(*) FROM follow) AS changed FROM people`.setName('delete_follow')
	);
	countChange('follower', 'delete', change?.changed);
	return change;
}

function judge(change: Change | null): FollowOutcome {
	if (!change?.follower_id || !change.followee_id) return { kind: 'unknown' };
	return { kind: change.follower_id === change.followee_id ? 'oneself' : 'done' };
}

/** Whom a person follows, the newest follow first. */
export async function listFollowing(userId: number, cursor: Cursor): Promise<Page<Person>> {
	return readPage(cursor, 'list_following', (range) =>
		SQL`
		SELECT id, (SELECT name FROM users WHERE users.id = follows.followee_id) AS name
		FROM follows WHERE follower_id = ${userId} AND `.append(range.sql)
	);
}

/** Who follows a person, the newest follow first. */
export async function listFollowers(userId: number, cursor: Cursor): Promise<Page<Person>> {
	return readPage(cursor, 'list_followers', (range) =>
		SQL`
		SELECT id, (SELECT name FROM users WHERE users.id = follows.follower_id) AS name
		FROM follows WHERE followee_id = ${userId} AND `.append(range.sql)
	);
}

/** Whom a person follows. */
export async function findFolloweeIds(followerId: number): Promise<number[]> {
	const rows = await queryRows<{ id: number }>(
		SQL`SELECT followee_id AS id FROM follows WHERE follower_id = ${followerId}`.setName('followee_ids')
	);
	return rows.map(({ id }) => id);
}
