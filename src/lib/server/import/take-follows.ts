import type pg from 'pg';
import { SQL } from '#lib/server/database/database.ts';
import { firstRow } from './first-row.ts';
import type { ImportSummary } from './tally.ts';

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

/**
 * Takes the staged follows that no import has seen yet, in the order in which they were read, or only counts them. The
 * accounts are locked already.
 */
export async function takeFollows(client: pg.ClientBase, { follows }: ImportSummary, isDryRun: boolean): Promise<void> {
	const { there, rows, pairs } = await firstRow<{ there: number; rows: number; pairs: number }>(
		client,
		SQL`
		SELECT count(*) FILTER (WHERE is_known) AS there, count(*) FILTER (WHERE NOT is_known) AS rows,
			count(DISTINCT (follower, followee)) FILTER (WHERE NOT is_known) AS pairs
		FROM (SELECT follower.user_id AS follower, followee.user_id AS followee, `
			.append(IS_PAIR_KNOWN)
			.append(SQL` AS is_known FROM `)
			.append(PAIRS)
			.append(SQL`) AS found`)
	);
	follows.there = there;
	follows.imported = isDryRun ? pairs : await insertFollows(client);
	// A follow that was made meanwhile counts as a double.
	follows.merged = rows - follows.imported;
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
