import type pg from 'pg';
import { SQL, type Statement } from '#lib/server/database/database.ts';
import { fetchRows } from '#lib/server/database/cursor.ts';
import type { ImportSummary, Reject } from './tally.ts';

const UNKNOWN = 'has no account here: it does not exist there, or was rejected';

const REJECTED_USERS = SQL`
	SELECT 'user' AS kind, reason, jsonb_build_object('id', id, 'name', name, 'email', email) AS row
	FROM import_users WHERE outcome = 'rejected'`;

const UNUSABLE_PASSWORDS = SQL`
	SELECT 'password' AS kind, password_fault AS reason, jsonb_build_object('id', id, 'name', name) AS row
	FROM import_users WHERE outcome = 'imported' AND password_fault IS NOT NULL`;

const REJECTED_MESSAGES = SQL`
	SELECT 'message' AS kind, ${`the author ${UNKNOWN}`} AS reason, jsonb_build_object(
		'id', staged.id, 'authorId', author_id, 'text', text, 'postedAt', posted_at, 'flagged', flagged
	) AS row
	FROM import_messages AS staged
	WHERE NOT EXISTS (SELECT FROM import_users WHERE id = author_id AND user_id IS NOT NULL)`;

const REJECTED_FOLLOWS = SQL`
	SELECT 'follow' AS kind, CASE
		WHEN follower.user_id = followee.user_id THEN 'nobody can follow themselves'
		ELSE ${`one of the two ${UNKNOWN}`}
	END AS reason, jsonb_build_object('followerId', follower_id, 'followeeId', followee_id) AS row
	FROM import_follows
	LEFT JOIN import_users AS follower ON follower.id = follower_id AND follower.user_id IS NOT NULL
	LEFT JOIN import_users AS followee ON followee.id = followee_id AND followee.user_id IS NOT NULL
	WHERE follower.user_id IS NULL OR followee.user_id IS NULL OR follower.user_id = followee.user_id`;

/** Calls `onReject` for the staged rows that were not taken, and counts messages, follows and passwords. Users are counted already. */
export async function listRejects(
	client: pg.ClientBase,
	summary: ImportSummary,
	onReject: (reject: Reject) => void
): Promise<void> {
	await forEachRow(client, REJECTED_USERS, onReject);
	summary.withoutPassword = await forEachRow(client, UNUSABLE_PASSWORDS, onReject);
	summary.messages.rejected += await forEachRow(client, REJECTED_MESSAGES, onReject);
	summary.follows.rejected += await forEachRow(client, REJECTED_FOLLOWS, onReject);
}

/** Resolves to the number of rows. */
async function forEachRow(client: pg.ClientBase, select: Statement, onRow: (row: Reject) => void): Promise<number> {
	let count = 0;
	for await (const row of fetchRows<Reject>(client, select)) {
		onRow(row);
		count++;
	}
	return count;
}
