import type pg from 'pg';
import { SQL } from '#lib/server/database/database.ts';
import { countRows } from './count-rows.ts';
import { type ImportSummary, settle } from './tally.ts';

/*
 * Takes the staged follows, after the accounts. One that an earlier import took is recognized by its two ends, which are
 * remembered when somebody ends it here.
 */

const PAIRS = SQL`
	import_follows AS staged
	JOIN import_users AS follower ON follower.id = staged.follower_id AND follower.user_id IS NOT NULL
	JOIN import_users AS followee ON followee.id = staged.followee_id AND followee.user_id IS NOT NULL
		AND followee.user_id <> follower.user_id`;

/** Whether the follow is here, or was and has been ended. */
const IS_PAIR_KNOWN = SQL`(
	EXISTS (SELECT FROM follows WHERE follower_id = follower.user_id AND followee_id = followee.user_id)
	OR EXISTS (SELECT FROM imported_follows WHERE follower_id = follower.user_id AND followee_id = followee.user_id)
)`;

/** Takes the staged follows that no import has seen yet, in the order in which they were read, or only counts them. */
export async function takeFollows(client: pg.ClientBase, { follows }: ImportSummary, isDryRun: boolean): Promise<void> {
	const pairs = await countRows(client, SQL`SELECT count(*) FROM `.append(PAIRS));
	follows.there = await countRows(
		client,
		SQL`SELECT count(*) FROM `
			.append(PAIRS)
			.append(SQL` WHERE `)
			.append(IS_PAIR_KNOWN)
	);
	follows.imported = await (isDryRun ? countNewFollows : insertFollows)(client);
	settle(follows, pairs);
}

function countNewFollows(client: pg.ClientBase): Promise<number> {
	return countRows(
		client,
		SQL`SELECT count(DISTINCT (follower.user_id, followee.user_id)) FROM `
			.append(PAIRS)
			.append(SQL` WHERE NOT `)
			.append(IS_PAIR_KNOWN)
	);
}

/** Resolves to the number of new follows. All are remembered. */
async function insertFollows(client: pg.ClientBase): Promise<number> {
	const { rowCount } = await client.query(
		SQL`
		INSERT INTO follows (follower_id, followee_id, followed_at)
		SELECT follower.user_id, followee.user_id, coalesce(staged.followed_at, now())
		FROM `
			.append(PAIRS)
			.append(SQL` WHERE NOT `)
			.append(IS_PAIR_KNOWN)
			.append(SQL` ORDER BY staged.place ON CONFLICT (follower_id, followee_id) DO NOTHING`)
	);
	await client.query(
		SQL`
		INSERT INTO imported_follows (follower_id, followee_id) SELECT follower.user_id, followee.user_id FROM `
			.append(PAIRS)
			.append(SQL` ON CONFLICT DO NOTHING`)
	);
	return rowCount ?? 0;
}
