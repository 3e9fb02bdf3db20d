import { hash } from 'node:crypto';
import { createBatch, limitedLockWait } from '#lib/server/database/batch.ts';
import { SQL, type Statement, queryRow, queryRows } from '#lib/server/database/database.ts';
import { countChange } from '#lib/server/observability/metrics.ts';
import { searchableName } from '#lib/server/accounts/users.ts';

/** A change of the follow between two users, by name. */
export interface FollowChange {
	operation: 'insert' | 'delete';
	follower: string;
	followee: string;
}

/** The ids of the two users; null for one who does not exist, and for a follower who is suspended. */
export interface FollowEnds {
	follower_id: number | null;
	followee_id: number | null;
}

/** How long the key of a change is kept. A closed account is removed after as long, so it has none left then. */
const KEY_DAYS = 7;

/**
 * The statements that change the follows between the pairs of users in `people` and return the ids of changed rows. All of
 * them change rows in the same order, so that they cannot deadlock.
 */
const CHANGES = {
	insert: SQL`
			INSERT INTO follows (follower_id, followee_id)
			SELECT DISTINCT follower_id, followee_id FROM people
			WHERE follower_id IS NOT NULL AND followee_id IS NOT NULL AND follower_id <> followee_id
			ORDER BY follower_id, followee_id
			ON CONFLICT DO NOTHING
			RETURNING follows.id`,
	delete: SQL`
			DELETE FROM follows USING (
				SELECT follows.follower_id, follows.followee_id
				FROM follows JOIN people USING (follower_id, followee_id)
				ORDER BY follows.follower_id, follows.followee_id
				FOR UPDATE OF follows
			) AS locked
			WHERE follows.follower_id = locked.follower_id AND follows.followee_id = locked.followee_id
			RETURNING follows.id`
};

/** Selects the ids of the users of each change. */
function selectPeople(changes: FollowChange[]): Statement {
	return SQL`
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
			) WITH ORDINALITY AS input (follower, followee, ordinal)`
		);
}

const batches = { insert: createChanges('insert'), delete: createChanges('delete') };

function createChanges(operation: FollowChange['operation']) {
	return createBatch<FollowChange, FollowEnds>({
		name: `${operation}_follow`,
		async run(changes) {
			const rows = await queryRows<FollowEnds & { changed: number }>(
				SQL`
		WITH people AS MATERIALIZED (`
					.append(selectPeople(changes))
					.append(
						SQL`
		), follow AS (`
					)
					.append(CHANGES[operation])
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

/** Makes a change, if both users exist. Resolves to their ids. */
export async function changeFollow(change: FollowChange): Promise<FollowEnds> {
	return batches[change.operation](change);
}

/** Whether a change with a key is the first one, and whether the key's change is this one; null if it was not made. */
interface KeyUse {
	is_new: boolean | null;
	is_same: boolean | null;
}

/**
 * As `changeFollow`, unless the key was used before: the key is written in the same statement as the change, and a
 * concurrent request with the same key waits for it. A change that is refused does not use the key.
 */
export async function changeFollowOnce(change: FollowChange, key: string): Promise<FollowEnds & KeyUse> {
	const { operation } = change;
	const row = await queryRow<FollowEnds & KeyUse & { changed: number }>(
		SQL`
		WITH ends AS MATERIALIZED (`
			.append(selectPeople([change]))
			.append(
				SQL`
		), used AS (
			INSERT INTO follow_keys (follower_id, key, change_hash)
			SELECT follower_id, ${key}::uuid, ${hashOf(change)}::bytea FROM ends
			WHERE follower_id IS NOT NULL AND followee_id IS NOT NULL
				AND (follower_id <> followee_id OR ${operation === 'delete'}::boolean)
			ON CONFLICT ON CONSTRAINT follow_keys_pk DO UPDATE SET key = excluded.key
			RETURNING xmax = 0 AS is_new, change_hash = ${hashOf(change)}::bytea AS is_same
		), people AS (
			SELECT ends.* FROM ends JOIN used ON is_new
		), follow AS (`
			)
			.append(CHANGES[operation])
			.append(
				SQL`)
		SELECT follower_id, followee_id, is_new, is_same, (SELECT count(*) FROM follow) AS changed
		FROM ends LEFT JOIN used ON true`
			)
			.setName(`${operation}_follow_once`)
	);
	countChange('follower', operation, row?.changed);
	return row ?? { follower_id: null, followee_id: null, is_new: null, is_same: null };
}

/** Finds the change for which the follower used a key before. Resolves to whether it is this one, or to null. */
export async function findKeyedChange(change: FollowChange, key: string): Promise<{ is_same: boolean } | null> {
	return queryRow(
		SQL`
		SELECT change_hash = ${hashOf(change)}::bytea AS is_same FROM follow_keys
		WHERE key = ${key}::uuid AND follower_id = (
			SELECT id FROM users WHERE name = ${searchableName(change.follower)}
				AND NOT EXISTS (SELECT FROM closed_accounts WHERE user_id = users.id)
		)`.setName('find_keyed_change')
	);
}

function hashOf({ operation, followee }: FollowChange): Buffer {
	return hash('sha256', JSON.stringify([operation, followee]), 'buffer');
}

/** A statement that deletes at most `rows` keys that were used long ago. */
export function expiredFollowKeys(rows: number): Statement {
	return SQL`
		DELETE FROM follow_keys
		WHERE (follower_id, key) IN (
			SELECT follower_id, key FROM follow_keys
			WHERE used_at <= now() - ${KEY_DAYS} * interval '1 day' LIMIT ${rows}
		)`;
}
