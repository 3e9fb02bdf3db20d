import type pg from 'pg';
import { SQL, type Statement } from '#lib/server/database/database.ts';
import { fetchRows } from '#lib/server/database/cursor.ts';
import { JUST_REMOVED } from './take-users.ts';
import type { ImportSummary, Reject } from './tally.ts';

const UNKNOWN = 'has no account here: it does not exist there, or was rejected';

/** A reject, and whether an earlier attempt of this import had not rejected it. */
type ListedReject = Reject & { is_new: boolean };

const JUST_REMOVED_IDS = SQL`(SELECT id FROM import_users WHERE reason = ${JUST_REMOVED})`;

const REJECTED_USERS = SQL`
	SELECT 'user' AS kind, reason, reason = ${JUST_REMOVED} AS is_new, jsonb_build_object('id', id, 'name', name, 'email', email) AS row
	FROM import_users WHERE outcome = 'rejected'`;

const UNUSABLE_PASSWORDS = SQL`
	SELECT 'password' AS kind, password_fault AS reason, false AS is_new, jsonb_build_object('id', id, 'name', name) AS row
	FROM import_users WHERE outcome = 'imported' AND password_fault IS NOT NULL`;

/** A staged message as it is told of. */
export const MESSAGE_ROW = SQL`jsonb_build_object(
	'id', staged.id, 'authorId', staged.author_id, 'text', staged.text, 'postedAt', staged.posted_at, 'flagged', staged.flagged
) AS row`;

const REJECTED_MESSAGES = SQL`
	SELECT 'message' AS kind, ${`the author ${UNKNOWN}`} AS reason, author_id IN `
	.append(JUST_REMOVED_IDS)
	.append(SQL` AS is_new, `)
	.append(MESSAGE_ROW)
	.append(
		SQL` FROM import_messages AS staged
	WHERE NOT EXISTS (SELECT FROM import_users WHERE id = author_id AND user_id IS NOT NULL)`
	);

const REJECTED_FOLLOWS = SQL`
	SELECT follower_id IN `
	.append(JUST_REMOVED_IDS)
	.append(SQL` OR followee_id IN `)
	.append(JUST_REMOVED_IDS)
	.append(
		SQL` AS is_new, 'follow' AS kind, CASE
		WHEN follower.user_id = followee.user_id THEN 'nobody can follow themselves'
		ELSE ${`one of the two ${UNKNOWN}`}
	END AS reason, jsonb_build_object('followerId', follower_id, 'followeeId', followee_id) AS row
	FROM import_follows
	LEFT JOIN import_users AS follower ON follower.id = follower_id AND follower.user_id IS NOT NULL
	LEFT JOIN import_users AS followee ON followee.id = followee_id AND followee.user_id IS NOT NULL
	WHERE follower.user_id IS NULL OR followee.user_id IS NULL OR follower.user_id = followee.user_id`
	);

/**
 * Calls `onReject` for the staged rows that were not taken, and counts messages, follows and passwords. Users are counted
 * already. If the import `isContinued`, its first attempt has told of all but the new ones.
 */
export async function listRejects(
	client: pg.ClientBase,
	summary: ImportSummary,
	isContinued: boolean,
	onReject: (reject: Reject) => void
): Promise<void> {
	const tell = ({ is_new: isNew, ...reject }: ListedReject) => {
		if (isNew || !isContinued) onReject(reject);
	};
	await forEachRow(client, REJECTED_USERS, tell);
	summary.withoutPassword = await forEachRow(client, UNUSABLE_PASSWORDS, tell);
	summary.messages.rejected += await forEachRow(client, REJECTED_MESSAGES, tell);
	summary.follows.rejected += await forEachRow(client, REJECTED_FOLLOWS, tell);
}

/** Resolves to the number of rows. */
async function forEachRow(
	client: pg.ClientBase,
	select: Statement,
	onRow: (row: ListedReject) => void
): Promise<number> {
	let count = 0;
	for await (const row of fetchRows<ListedReject>(client, select)) {
		onRow(row);
		count++;
	}
	return count;
}
