import { SQL, type SQLStatement } from 'sql-template-strings';
import { MAX_TEXT_BYTES } from './text-bytes.ts';

/** How a system in PostgreSQL is read: the tables that it must have, and statements whose rows are those of a source, with messages from an id on. */
export interface Selects {
	tables: string[];
	rows(after: string): SQLStatement[];
}

/**
 * The Django MiniTwit. It may have columns that not every version has, which are looked for in the row as JSON. Of
 * latest_latest, only the name is known: the number is the one that is not its id.
 */
export const DJANGO: Selects = {
	tables: ['users_user', 'msgs_message', 'social_follower', 'latest_latest'],
	rows: (after) => [
		SQL`
		SELECT 'user' AS kind, id::text, username AS name, email, password,
			to_jsonb(users_user) ->> 'date_joined' AS "createdAt"
		FROM users_user ORDER BY id`,
		SQL`
		SELECT 'message' AS kind, message_id::text AS id, author_id::text AS "authorId",
			left(text, ${MAX_TEXT_BYTES}::integer) AS text, pub_date::text AS "postedAt", flagged::text
		FROM msgs_message WHERE message_id >= ${after}::bigint OR message_id IS NULL`,
		SQL`
		SELECT 'follow' AS kind, who_id::text AS "followerId", whom_id::text AS "followeeId"
		FROM social_follower`,
		SQL`
		SELECT 'latest' AS kind, column_of.value AS number
		FROM (SELECT to_jsonb(latest_latest) AS row FROM latest_latest) AS latest
		CROSS JOIN LATERAL jsonb_each_text(latest.row) AS column_of
		WHERE column_of.key <> 'id' AND column_of.value ~ '^\\d+$'
		ORDER BY (latest.row ->> 'id')::numeric DESC NULLS LAST LIMIT 1`
	]
};
