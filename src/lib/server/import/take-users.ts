import type pg from 'pg';
import { SQL, type Statement } from '#lib/server/database/database.ts';
import type { ImportSummary, Tally } from './tally.ts';

type Outcome = Exclude<keyof Tally, 'read'>;

/*
 * Decides for each staged account which account here it becomes (user_id) and how (outcome), one rule per statement. A
 * later rule leaves alone what an earlier one has decided.
 */

/** Why a user is rejected who was not when the import began. */
export const JUST_REMOVED = 'the account has just been removed here';

/** Takes the staged accounts. `merge` allows that an account here gets what one with its name and e-mail address has there. */
export async function takeUsers(client: pg.ClientBase, merge: boolean, summary: ImportSummary): Promise<void> {
	await client.query(rejectDoubledIds());
	await client.query(recognizeEarlier());
	await client.query(mergeByName(merge));
	await client.query(rejectHeldNames());
	await client.query(createUsers());
	// What is left has the name of an account that this import has just created.
	await client.query(mergeByName(merge));
	await client.query(lockAccounts());
	await client.query(rejectRemoved());
	await client.query(rememberImported());
	const { rows } = await client.query<{ outcome: Outcome; count: number }>(SQL`
		SELECT outcome, count(*) FROM import_users GROUP BY outcome`);
	for (const { outcome, count } of rows) summary.users[outcome] += count;
}

/** The accounts stay, with their names, until the end of the transaction. */
function lockAccounts(): Statement {
	return SQL`SELECT FROM users WHERE id IN (SELECT user_id FROM import_users) ORDER BY id FOR KEY SHARE`;
}

/** Accounts that were removed since this import, or the interrupted one that it goes on from, has found them. */
function rejectRemoved(): Statement {
	return SQL`
		UPDATE import_users AS staged SET user_id = NULL, outcome = 'rejected', reason = ${JUST_REMOVED}
		WHERE user_id IS NOT NULL AND NOT EXISTS (SELECT FROM users WHERE users.id = staged.user_id)`;
}

/** Messages name their author by id, so an id must mean one account: the first that has it. */
function rejectDoubledIds(): Statement {
	return SQL`
		UPDATE import_users SET outcome = 'rejected', reason = 'another user has the same id'
		WHERE place NOT IN (SELECT min(place) FROM import_users GROUP BY id)`;
}

function recognizeEarlier(): Statement {
	return SQL`
		UPDATE import_users AS staged SET
			user_id = imported.user_id,
			outcome = CASE WHEN imported.user_id IS NULL THEN 'rejected' ELSE 'there' END,
			reason = 'the account was imported before and has been removed here'
		FROM imported_users AS imported
		WHERE imported.key = staged.key AND staged.outcome IS NULL`;
}

/**
 * An account with the same name and e-mail address is the same person's. Without `merge`, only accounts that an import
 * has made are: a name is not enough to write as somebody who has registered here.
 */
function mergeByName(merge: boolean): Statement {
	return SQL`
		UPDATE import_users AS staged SET
			user_id = CASE WHEN found.address = lower(staged.email) AND found.may_merge THEN found.id END,
			outcome = CASE WHEN found.address = lower(staged.email) AND found.may_merge THEN 'merged' ELSE 'rejected' END,
			reason = CASE
				WHEN found.address = lower(staged.email) THEN 'the account exists here; with --merge, it gets the messages and follows'
				ELSE 'the name belongs to an account with another e-mail address'
			END
		FROM (
			SELECT id, name, lower(email) AS address, ${merge} OR known.user_id IS NOT NULL AS may_merge
			FROM users LEFT JOIN (
				SELECT user_id FROM imported_users UNION SELECT user_id FROM import_users
			) AS known ON known.user_id = users.id
		) AS found
		WHERE found.name = staged.name AND staged.outcome IS NULL`;
}

function rejectHeldNames(): Statement {
	return SQL`
		UPDATE import_users AS staged SET outcome = 'rejected', reason = 'the name is held for the owner of a closed account'
		FROM held_names
		WHERE held_names.name = staged.name AND held_until > now() AND staged.outcome IS NULL`;
}

/** Creates the first account of each name. Who joined on an unknown day has been there since their first message. */
function createUsers(): Statement {
	return SQL`
		WITH first AS (
			SELECT DISTINCT ON (name) * FROM import_users WHERE outcome IS NULL ORDER BY name, id
		), began AS (
			SELECT author_id, min(posted_at) AS at FROM import_messages GROUP BY author_id
		), created AS (
			INSERT INTO users (name, email, password_hash, created_at, display_name, bio, link)
			SELECT name, email, coalesce(password_hash, '!'), least(coalesce(first.created_at, began.at), now()),
				display_name, bio, link
			FROM first LEFT JOIN began ON began.author_id = first.id
			ORDER BY first.id
			ON CONFLICT (name) DO NOTHING
			RETURNING id, name
		)
		UPDATE import_users SET user_id = created.id, outcome = 'imported'
		FROM first JOIN created USING (name)
		WHERE import_users.place = first.place`;
}

function rememberImported(): Statement {
	return SQL`
		INSERT INTO imported_users (key, user_id)
		SELECT key, user_id FROM import_users WHERE outcome IN ('imported', 'merged') ON CONFLICT DO NOTHING`;
}
