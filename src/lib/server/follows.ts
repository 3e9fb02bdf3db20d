import { SQL, queryRow, queryRows } from './database.ts';
import { type Latest, withLatest } from './latest.ts';
import { countChange } from './metrics.ts';
import { type Cursor, type Page, readPage } from './pages.ts';
import { searchableName } from './users.ts';

/** What came of a follow or unfollow; doing it again is `done` and changes nothing. */
export type FollowOutcome = 'done' | 'unknown' | 'oneself';

/** A person in a list of followers or following. */
export interface Person {
	/** Of the follow, not of the person: the list's cursor. */
	id: number;
	name: string;
}

interface Outcome {
	follower_id: number | null;
	followee_id: number | null;
	changed: number;
}

/** Makes one person follow another, both by exact name. */
export async function createFollow(follower: string, followee: string, latest: Latest = null): Promise<FollowOutcome> {
	const outcome = await queryRow<Outcome>(
		withLatest(
			'create_follow',
			latest,
			SQL`, people AS (
			SELECT (SELECT id FROM users WHERE name = ${searchableName(follower)}) AS follower_id,
				(SELECT id FROM users WHERE name = ${searchableName(followee)}) AS followee_id
		), follow AS (
			INSERT INTO follows (follower_id, followee_id)
			SELECT follower_id, followee_id FROM people
			WHERE follower_id IS NOT NULL AND followee_id IS NOT NULL AND follower_id <> followee_id
			ON CONFLICT DO NOTHING
			RETURNING id
		)
		SELECT follower_id, followee_id, (SELECT count(*) FROM follow) AS changed FROM people`
		)
	);
	countChange('follower', 'insert', outcome?.changed);
	return judge(outcome);
}

/** Ends a follow, both by exact name. */
export async function deleteFollow(follower: string, followee: string, latest: Latest = null): Promise<FollowOutcome> {
	const outcome = await queryRow<Outcome>(
		withLatest(
			'delete_follow',
			latest,
			SQL`, people AS (
			SELECT (SELECT id FROM users WHERE name = ${searchableName(follower)}) AS follower_id,
				(SELECT id FROM users WHERE name = ${searchableName(followee)}) AS followee_id
		), follow AS (
			DELETE FROM follows USING people
			WHERE follows.follower_id = people.follower_id AND follows.followee_id = people.followee_id
			RETURNING follows.id
		)
		SELECT follower_id, followee_id, (SELECT count(*) FROM follow) AS changed FROM people`
		)
	);
	countChange('follower', 'delete', outcome?.changed);
	const judged = judge(outcome);
	return judged === 'oneself' ? 'done' : judged;
}

function judge(outcome: Outcome | null): FollowOutcome {
	if (!outcome?.follower_id || !outcome.followee_id) return 'unknown';
	return outcome.follower_id === outcome.followee_id ? 'oneself' : 'done';
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
