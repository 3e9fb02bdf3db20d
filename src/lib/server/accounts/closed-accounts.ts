import { CLOSED_DAYS, NAME_HELD_DAYS } from '#lib/limits.ts';
import { SQL, type Statement, execute } from '#lib/server/database/database.ts';
import { countChange } from '#lib/server/observability/metrics.ts';

/*
 * A closed account is a row in `closed_accounts`. Every read that could show its user leaves out the users in that table,
 * so closing and reopening change one row each, whatever the account contains. Decision 0030.
 */

/** Reopens an account. Resolves to false if it was not closed, or so long ago that it is being removed. */
export async function reopenAccount(userId: number): Promise<boolean> {
	const reopened = await execute(SQL`DELETE FROM closed_accounts WHERE user_id = ${userId} AND NOT `.append(isDue()));
	countChange('user', 'update', reopened);
	return reopened === 1;
}

/** A condition for closed accounts that can no longer be reopened and are to be removed. */
export function isDue(): Statement {
	return SQL`closed_at <= now() - ${CLOSED_DAYS} * interval '1 day'`;
}

/*
 * Removing takes statements of at most `rows` rows, because a cascade over all messages of an account would hold locks
 * for long. LATERAL and LIMIT make each account one search of an index, whatever the planner expects.
 */

/** A statement that deletes at most `rows` messages of accounts to be removed. */
export function messagesOfClosed(rows: number): Statement {
	return SQL`
		DELETE FROM messages WHERE id IN (
			SELECT message.id FROM closed_accounts
			CROSS JOIN LATERAL (SELECT id FROM messages WHERE author_id = user_id LIMIT ${rows}) AS message
			WHERE `
		.append(isDue())
		.append(SQL` LIMIT ${rows})`);
}

/** A statement that deletes at most `rows` follows from and to accounts to be removed. */
export function followsOfClosed(rows: number): Statement {
	return SQL`
		DELETE FROM follows WHERE (follower_id, followee_id) IN (
			SELECT follow.follower_id, follow.followee_id FROM closed_accounts
			CROSS JOIN LATERAL (
				(SELECT follower_id, followee_id FROM follows WHERE follower_id = user_id LIMIT ${rows})
				UNION ALL
				(SELECT follower_id, followee_id FROM follows WHERE followee_id = user_id LIMIT ${rows})
			) AS follow
			WHERE `
		.append(isDue())
		.append(SQL` LIMIT ${rows})`);
}

/** A statement that removes at most `rows` accounts without messages and follows, and holds their names. */
export function closedUsers(rows: number): Statement {
	return SQL`
		WITH due AS (
			SELECT user_id, closed_at FROM closed_accounts
			WHERE NOT EXISTS (SELECT FROM messages WHERE author_id = user_id)
				AND NOT EXISTS (SELECT FROM follows WHERE follower_id = user_id)
				AND NOT EXISTS (SELECT FROM follows WHERE followee_id = user_id)
				AND `
		.append(isDue())
		.append(
			SQL` LIMIT ${rows}
		), removed AS (
			DELETE FROM users USING due WHERE users.id = due.user_id RETURNING users.name, due.closed_at
		)
		INSERT INTO held_names (name, held_until)
		SELECT name, closed_at + ${NAME_HELD_DAYS} * interval '1 day' FROM removed
		ON CONFLICT (name) DO UPDATE SET held_until = excluded.held_until`
		);
}

/** A statement that releases at most `rows` names. */
export function releasedNames(rows: number): Statement {
	return SQL`
		DELETE FROM held_names
		WHERE name IN (SELECT name FROM held_names WHERE held_until <= now() LIMIT ${rows}) AND held_until <= now()`;
}
