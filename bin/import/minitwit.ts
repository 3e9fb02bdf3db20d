import { SQL } from 'sql-template-strings';
import type { Selects } from './django.ts';

/** Another MiniTwit like this one. Its messages keep their client ids, so that a late retry of a post is recognized. */
export const MINITWIT: Selects = {
	tables: ['users', 'messages', 'follows', 'closed_accounts'],
	rows: (after) => [
		SQL`
		SELECT 'user' AS kind, id::text, name, email, password_hash AS password, created_at::text AS "createdAt",
			display_name AS "displayName", bio, link, CASE
				WHEN EXISTS (SELECT FROM closed_accounts WHERE user_id = users.id) THEN 'the account is closed'
			END AS fault
		FROM users ORDER BY id`,
		SQL`
		SELECT 'message' AS kind, id::text, author_id::text AS "authorId", text, posted_at::text AS "postedAt",
			flagged::text, client_id::text AS "clientId",
			CASE WHEN deleted_at IS NOT NULL THEN 'the message was deleted' END AS fault
		FROM messages WHERE id >= ${after}::bigint`,
		SQL`
		SELECT 'follow' AS kind, follower_id::text AS "followerId", followee_id::text AS "followeeId",
			followed_at::text AS "followedAt"
		FROM follows ORDER BY id`,
		SQL`SELECT 'latest' AS kind, number::text FROM simulator_latest ORDER BY received DESC LIMIT 1`
	]
};
