import { SQL, queryRow, queryRows } from '#lib/server/database/database.ts';
import { searchableName } from '#lib/server/accounts/users.ts';

/** An account as operators see it: also one that is closed. */
export interface AccountRow {
	id: number;
	name: string;
	email: string;
	created_at: Date;
	messages: number;
	followers: number;
	following: number;
	sessions: number;
	is_moderator: boolean;
	/** Null unless the account is suspended. */
	suspended_at: Date | null;
	suspension_reason: string | null;
	/** Null unless the account is closed. */
	closed_at: Date | null;
}

const SELECT = SQL`
	SELECT users.id, users.name, users.email, users.created_at, counts.messages, counts.followers, counts.following,
		(SELECT count(*) FROM sessions WHERE sessions.user_id = users.id AND expires_at > now()) AS sessions,
		EXISTS (SELECT FROM moderators WHERE moderators.user_id = users.id) AS is_moderator,
		suspended.suspended_at, suspended.reason AS suspension_reason, closed.closed_at
	FROM users
	JOIN user_counts AS counts ON counts.user_id = users.id
	LEFT JOIN suspended_accounts AS suspended ON suspended.user_id = users.id
	LEFT JOIN closed_accounts AS closed ON closed.user_id = users.id
	WHERE `;

/** Which accounts to list: at most `limit` before an id (null for the newest). */
export interface AccountQuery {
	/** Part of the name or the e-mail address, in any case; null for all. */
	search: string | null;
	only: 'suspended' | 'closed' | null;
	before: number | null;
	limit: number;
}

/** Resolves to accounts, newest first. */
export async function listAccounts({ search, only, before, limit }: AccountQuery): Promise<AccountRow[]> {
	const sought = search === null ? null : searchableName(search);
	return queryRows<AccountRow>(
		SQL``.append(SELECT).append(SQL`(${before}::bigint IS NULL OR users.id < ${before})
			AND (${sought}::text IS NULL OR strpos(lower(users.name || chr(10) || users.email), lower(${sought})) > 0)
			AND (${only}::text IS NULL OR CASE ${only}
				WHEN 'suspended' THEN suspended.user_id IS NOT NULL ELSE closed.user_id IS NOT NULL END)
		ORDER BY users.id DESC LIMIT ${limit}`)
	);
}

/** Finds an account by its exact name; null if there is none. */
export async function findAccountNamed(name: string): Promise<AccountRow | null> {
	return queryRow<AccountRow>(SQL``.append(SELECT).append(SQL`users.name = ${searchableName(name)}`));
}
