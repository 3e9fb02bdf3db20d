import { type Writer, isForAnotherAccount } from '#lib/server/accounts/writers.ts';
import { createProfileStates } from '#lib/server/accounts/profile-states.ts';
import { SQL, type Statement, queryRows } from '#lib/server/database/database.ts';
import { type SelectRows, createPages } from '#lib/server/database/pagination.ts';
import { type Limited, afterRetries, refundWrite, spendOnWrite } from '#lib/server/accounts/rate-limits.ts';
import { type Suspended, findSuspension } from '#lib/server/accounts/suspended-accounts.ts';
import {
	type FollowChange,
	type FollowEnds,
	changeFollow,
	changeFollowOnce,
	findKeyedChange
} from './follow-changes.ts';
import { type Person, isFollowedBy, newestMessageOf } from './people.ts';

/** The outcome of a follow or unfollow. Repeating one is `done` and changes nothing. */
export type FollowOutcome =
	| { kind: 'done' }
	/** One of the two users does not exist. */
	| { kind: 'unknown' }
	| { kind: 'oneself' }
	/** The request names another account than the writer's. */
	| { kind: 'wrong-account' }
	/** The key belongs to another change. */
	| { kind: 'conflict' }
	| Suspended
	| { kind: 'limited'; limited: Limited };

/**
 * Makes the writer follow a user by exact name. `owner` is the id of the account that the request names, or
 * null. `key` is a UUID that makes retries idempotent, or null: the same change may arrive any number of times in a week
 * and is made once, even if it was undone meanwhile. Every other call spends a point of the limits, even if it changes
 * nothing.
 */
export async function follow(
	writer: Writer,
	followee: string,
	owner: number | null,
	key: string | null = null
): Promise<FollowOutcome> {
	return change(writer, { operation: 'insert', follower: writer.name, followee }, owner, key);
}

/**
 * Removes a follow; parameters and limits as for `follow`. Nobody follows themselves, so unfollowing oneself is `done`.
 */
export async function unfollow(
	writer: Writer,
	followee: string,
	owner: number | null,
	key: string | null = null
): Promise<FollowOutcome> {
	const outcome = await change(writer, { operation: 'delete', follower: writer.name, followee }, owner, key);
	return outcome.kind === 'oneself' ? { kind: 'done' } : outcome;
}

async function change(
	writer: Writer,
	asked: FollowChange,
	owner: number | null,
	key: string | null
): Promise<FollowOutcome> {
	if (isForAnotherAccount(writer, owner)) return { kind: 'wrong-account' };
	return afterRetries(writer, key, () => changeUnlessMade(writer, asked, key));
}

async function changeUnlessMade(writer: Writer, asked: FollowChange, key: string | null): Promise<FollowOutcome> {
	const earlier = key === null ? null : await findKeyedChange(asked, key);
	if (earlier) return { kind: earlier.is_same ? 'done' : 'conflict' };
	const limited = await spendOnWrite(writer, 'follows');
	if (limited) return { kind: 'limited', limited };
	if (key === null) return toOutcome(writer, await changeFollow(asked));
	const { is_new, is_same, ...ends } = await changeFollowOnce(asked, key);
	// A concurrent request to another replica used the key and paid for it.
	if (is_new === false) await refundWrite(writer, 'follows');
	return is_same === false ? { kind: 'conflict' } : toOutcome(writer, ends);
}

async function toOutcome(writer: Writer, { follower_id, followee_id }: FollowEnds): Promise<FollowOutcome> {
	if (!follower_id) return (await findSuspension(writer.name)) ?? { kind: 'unknown' };
	if (!followee_id) return { kind: 'unknown' };
	return { kind: follower_id === followee_id ? 'oneself' : 'done' };
}

/** Returns the list of the follows with the user at one end; it shows the users at the `other` end. */
function selectFollows(end: Statement, other: Statement): SelectRows {
	return (range) =>
		SQL`
	SELECT id, name, last_line, message_id AS last_message, `
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
