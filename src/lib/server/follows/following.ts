import { type Writer, isForAnotherAccount } from '#lib/server/accounts/writers.ts';
import { createProfileStates } from '#lib/server/accounts/profile-states.ts';
import { createBatch, limitedLockWait } from '#lib/server/database/batch.ts';
import { SQL, type Statement, queryRows } from '#lib/server/database/database.ts';
import { countChange } from '#lib/server/observability/metrics.ts';
import { type SelectRows, createPages } from '#lib/server/database/pagination.ts';
import { type Limited, spendOnWrite } from '#lib/server/accounts/rate-limits.ts';
import { type Suspended, findSuspension } from '#lib/server/accounts/suspended-accounts.ts';
import { searchableName } from '#lib/server/accounts/users.ts';
import { type Person, isFollowedBy, newestMessageOf } from './people.ts';

/** The outcome of a follow or unfollow. Repeating one is `done` and changes nothing. */
export type FollowOutcome =
	| { kind: 'done' }
	/** One of the two users does not exist. */
	| { kind: 'unknown' }
	| { kind: 'oneself' }
	/** The request names another account than the writer's. */
	| { kind: 'wrong-account' }
	| Suspended
	| { kind: 'limited'; limited: Limited };

interface Change {
	follower: string;
	followee: string;
}

interface Ends {
	follower_id: number | null;
	followee_id: number | null;
}

const insertFollow = createChange(
	'insert',
	SQL`
			INSERT INTO follows (follower_id, followee_id)
			SELECT DISTINCT follower_id, followee_id FROM people
			WHERE follower_id IS NOT NULL AND followee_id IS NOT NULL AND follower_id <> followee_id
			ORDER BY follower_id, followee_id
			ON CONFLICT DO NOTHING
			RETURNING follows.id`
);

const deleteFollow = createChange(
	'delete',
	SQL`
			DELETE FROM follows USING (
				SELECT follows.follower_id, follows.followee_id
				FROM follows JOIN people USING (follower_id, followee_id)
				ORDER BY follows.follower_id, follows.followee_id
				FOR UPDATE OF follows
			) AS locked
			WHERE follows.follower_id = locked.follower_id AND follows.followee_id = locked.followee_id
			RETURNING follows.id`
);

/**
 * Creates a batch of changes. `statement` changes the follows between the pairs of users in `people` and returns the
 * ids of changed rows; all batches change rows in the same order, so that they cannot deadlock.
 */
function createChange(operation: 'insert' | 'delete', statement: Statement) {
	return createBatch<Change, Ends>({
		name: `${operation}_follow`,
		async run(changes) {
			const rows = await queryRows<Ends & { changed: number }>(
				SQL`
		WITH people AS MATERIALIZED (
			SELECT ordinal, (
				SELECT id FROM users
				WHERE name = input.follower AND NOT EXISTS (SELECT FROM closed_accounts WHERE user_id = users.id)
					AND NOT EXISTS (SELECT FROM suspended_accounts WHERE user_id = users.id)
			) AS follower_id, (
				SELECT id FROM users
				WHERE name = input.followee AND NOT EXISTS (SELECT FROM closed_accounts WHERE user_id = users.id)
			) AS followee_id
			FROM `
					.append(limitedLockWait(changes))
					.append(
						SQL` CROSS JOIN unnest(
				${changes.map(({ follower }) => searchableName(follower))}::text[],
				${changes.map(({ followee }) => searchableName(followee))}::text[]
			) WITH ORDINALITY AS input (follower, followee, ordinal)
		), follow AS (`
					)
					.append(statement)
					.append(
						SQL`)
		SELECT follower_id, followee_id, (SELECT count(*) FROM follow) AS changed FROM people ORDER BY ordinal`
					)
					.setName(`${operation}_follow`)
			);
			countChange('follower', operation, rows[0]?.changed);
			return rows;
		}
	});
}

/**
 * Makes the writer follow a user by exact name. `owner` is the id of the account that the request names, or
 * null. Each call spends a point of the limits, even if it changes nothing.
 */
export async function follow(writer: Writer, followee: string, owner: number | null): Promise<FollowOutcome> {
	return change(insertFollow, writer, followee, owner);
}

/**
 * Removes a follow; parameters and limits as for `follow`. Nobody follows themselves, so unfollowing oneself is `done`.
 */
export async function unfollow(writer: Writer, followee: string, owner: number | null): Promise<FollowOutcome> {
	const outcome = await change(deleteFollow, writer, followee, owner);
	return outcome.kind === 'oneself' ? { kind: 'done' } : outcome;
}

async function change(
	run: typeof insertFollow,
	writer: Writer,
	followee: string,
	owner: number | null
): Promise<FollowOutcome> {
	if (isForAnotherAccount(writer, owner)) return { kind: 'wrong-account' };
	const limited = await spendOnWrite(writer, 'follows');
	if (limited) return { kind: 'limited', limited };
	const { follower_id, followee_id } = await run({ follower: writer.name, followee });
	if (!follower_id) return (await findSuspension(writer.name)) ?? { kind: 'unknown' };
	if (!followee_id) return { kind: 'unknown' };
	return { kind: follower_id === followee_id ? 'oneself' : 'done' };
}

/** Returns the list of the follows with the user at one end; it shows the users at the `other` end. */
function selectFollows(end: Statement, other: Statement): SelectRows {
	return (range) =>
		SQL`
	SELECT id, name, last_line, `
			.append(isFollowedBy(SQL`page.viewer`, other))
			.append(
				SQL`, ROW(id, user_version, newest.version)::text AS version
	FROM follows CROSS JOIN LATERAL (SELECT name, xmin AS user_version FROM users WHERE users.id = `
			)
			.append(other)
			.append(SQL` LIMIT 1) AS person LEFT JOIN LATERAL `)
			.append(newestMessageOf(other))
			.append(SQL` AS newest (message_id, author_id, author_name, last_line, version) ON true WHERE `)
			.append(end)
			.append(SQL` = page.list AND NOT EXISTS (SELECT FROM closed_accounts WHERE user_id = `)
			.append(other)
			.append(SQL`) AND `)
			.append(range.sql);
}

const selectFollowing = selectFollows(SQL`follower_id`, SQL`follows.followee_id`);
const selectFollowers = selectFollows(SQL`followee_id`, SQL`follows.follower_id`);

/** Reads a page of the users whom a user follows, newest follow first. */
export const listFollowing = createPages<Person>('list_following', selectFollowing);

/** Reads a page of the followers of a user, newest follow first. */
export const listFollowers = createPages<Person>('list_followers', selectFollowers);

/** Resolves to the state of a user's profile and a page of `listFollowing`, by name; null if nobody has that name. */
export const findFollowingState = createProfileStates('list_following_state', selectFollowing);

/** Resolves to the state of a user's profile and a page of `listFollowers`, by name; null if nobody has that name. */
export const findFollowersState = createProfileStates('list_followers_state', selectFollowers);

/** Resolves to the ids of all users whom a user follows. */
export async function findFolloweeIds(followerId: number): Promise<number[]> {
	const rows = await queryRows<{ id: number }>(
		SQL`SELECT followee_id AS id FROM follows WHERE follower_id = ${followerId}`.setName('followee_ids')
	);
	return rows.map(({ id }) => id);
}
