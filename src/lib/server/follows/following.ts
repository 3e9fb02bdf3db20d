import { type Writer, isForAnotherAccount } from '#lib/server/accounts/writers.ts';
import { SQL, type Statement, queryRow, queryRows } from '#lib/server/database/database.ts';
import { countChange } from '#lib/server/observability/metrics.ts';
import { type Cursor, type Page, readPage } from '#lib/server/database/pagination.ts';
import { type Limited, spendOnWrite } from '#lib/server/accounts/rate-limits.ts';
import { searchableName } from '#lib/server/accounts/users.ts';

/** The outcome of a follow or unfollow. Repeating one is `done` and changes nothing. */
export type FollowOutcome =
	| { kind: 'done' }
	/** One of the two users does not exist. */
	| { kind: 'unknown' }
	| { kind: 'oneself' }
	/** The request names another account than the writer's. */
	| { kind: 'wrong-account' }
	| { kind: 'limited'; limited: Limited };

/** A user in a list of followers or followees. */
export interface Person {
	/** The id of the follow, not of the user: the cursor of the list. */
	id: number;
	name: string;
}

export type PeoplePage = Page<Person>;

const INSERT = SQL`
			INSERT INTO follows (follower_id, followee_id)
			SELECT follower_id, followee_id FROM people
			WHERE follower_id IS NOT NULL AND followee_id IS NOT NULL AND follower_id <> followee_id
			ON CONFLICT DO NOTHING
			RETURNING follows.id`;

const DELETE = SQL`
			DELETE FROM follows USING people
			WHERE follows.follower_id = people.follower_id AND follows.followee_id = people.followee_id
			RETURNING follows.id`;

interface Change {
	follower_id: number | null;
	followee_id: number | null;
	changed: number;
}

/**
 * Makes the writer follow a user by exact name. `owner` is the id of the account that the request names, or
 * null. Each call spends a point of the limits, even if it changes nothing.
 */
export async function follow(writer: Writer, followee: string, owner: number | null): Promise<FollowOutcome> {
	return (await findRefusal(writer, owner)) ?? toOutcome(await changeFollow('insert', INSERT, writer, followee));
}

/**
 * Removes a follow; parameters and limits as for `follow`. Nobody follows themselves, so unfollowing oneself is `done`.
 */
export async function unfollow(writer: Writer, followee: string, owner: number | null): Promise<FollowOutcome> {
	const outcome =
		(await findRefusal(writer, owner)) ?? toOutcome(await changeFollow('delete', DELETE, writer, followee));
	return outcome.kind === 'oneself' ? { kind: 'done' } : outcome;
}

async function findRefusal(writer: Writer, owner: number | null): Promise<FollowOutcome | null> {
	if (isForAnotherAccount(writer, owner)) return { kind: 'wrong-account' };
	const limited = await spendOnWrite(writer, 'follows');
	return limited && { kind: 'limited', limited };
}

/** Runs a statement that changes the follow between the two users in `people` and returns the ids of changed rows. */
async function changeFollow(
	operation: 'insert' | 'delete',
	statement: Statement,
	writer: Writer,
	followee: string
): Promise<Change | null> {
	const change = await queryRow<Change>(
		SQL`
		WITH people AS (
			SELECT (SELECT id FROM users WHERE name = ${searchableName(writer.name)}) AS follower_id,
				(SELECT id FROM users WHERE name = ${searchableName(followee)}) AS followee_id
		), follow AS (`
			.append(statement)
			.append(
				SQL`)
		SELECT follower_id, followee_id, (SELECT count(*) FROM follow) AS changed FROM people`
			)
			.setName(`${operation}_follow`)
	);
	countChange('follower', operation, change?.changed);
	return change;
}

function toOutcome(change: Change | null): FollowOutcome {
	if (!change?.follower_id || !change.followee_id) return { kind: 'unknown' };
	return { kind: change.follower_id === change.followee_id ? 'oneself' : 'done' };
}

/** The users whom a user follows, newest follow first. */
export async function listFollowing(userId: number, cursor: Cursor): Promise<PeoplePage> {
	return readPage(cursor, 'list_following', (range) =>
		SQL`
		SELECT id, (SELECT name FROM users WHERE users.id = follows.followee_id) AS name
		FROM follows WHERE follower_id = ${userId} AND `.append(range.sql)
	);
}

/** The followers of a user, newest follow first. */
export async function listFollowers(userId: number, cursor: Cursor): Promise<PeoplePage> {
	return readPage(cursor, 'list_followers', (range) =>
		SQL`
		SELECT id, (SELECT name FROM users WHERE users.id = follows.follower_id) AS name
		FROM follows WHERE followee_id = ${userId} AND `.append(range.sql)
	);
}

/** Resolves to the ids of all users whom a user follows. */
export async function findFolloweeIds(followerId: number): Promise<number[]> {
	const rows = await queryRows<{ id: number }>(
		SQL`SELECT followee_id AS id FROM follows WHERE follower_id = ${followerId}`.setName('followee_ids')
	);
	return rows.map(({ id }) => id);
}
