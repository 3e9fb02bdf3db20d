import { SQL, execute, queryRows } from '#lib/server/database/database.ts';
import { createCrowd } from './factories.ts';

/** In every table that is cleared up: rows that have run out, and one that has not. */
export async function createExpiredRows(rows: number): Promise<void> {
	const users = (await createCrowd(rows + 1)).map(({ id }) => id);
	const expired = SQL`SELECT number, number = 0 AS is_current, sha256(number::text::bytea) AS hash, (${users}::bigint[])[number + 1] AS user_id FROM generate_series(0, ${rows}::integer) AS number`;
	const insert = (into: string, columns: string) =>
		execute(
			SQL``
				.append(`INSERT INTO ${into} SELECT ${columns} FROM (`)
				.append(expired)
				.append(`) AS row ON CONFLICT DO NOTHING`)
		);
	const time = `now() + CASE WHEN is_current THEN interval '1 day' ELSE interval '-1 second' END`;
	await insert('sessions (id_hash, user_id, expires_at)', `hash, user_id, ${time}`);
	await insert('known_devices (user_id, device_hash, last_seen_at)', `user_id, hash, ${time} - interval '365 days'`);
	await insert('password_resets (user_id, token_hash, expires_at)', `user_id, hash, ${time}`);
	await insert('reset_requests (email, requested_at)', `number || '@example.org', ${time} - interval '60 minutes'`);
	await insert(
		'follow_keys (follower_id, key, change_hash, used_at)',
		`user_id, gen_random_uuid(), hash, ${time} - interval '7 days'`
	);
	await insert('invites (code_hash, max_uses, expires_at)', `hash, 1, ${time}`);
	const message = SQL`INSERT INTO messages (author_id, author_name, text) SELECT id, name, 'reported' FROM users LIMIT 1 RETURNING id`;
	const [reported] = await queryRows<{ id: number }>(message);
	await insert(
		'reports (message_id, reporter_id, reason, comment, closed_at)',
		`${reported?.id}, user_id, 'spam', '', ${time} - interval '90 days'`
	);
	await insert('rate_limits (key, points, expire)', `number, 1, extract(epoch FROM ${time})::bigint * 1000`);
}

/** Which of them are left in any table: 'current', 'expired', or both. */
export async function findLeft(): Promise<string[]> {
	const rows = await queryRows<{ state: string }>(SQL`
		SELECT DISTINCT CASE WHEN lasts THEN 'current' ELSE 'expired' END AS state FROM (
			SELECT expires_at > now() FROM sessions
			UNION ALL SELECT last_seen_at > now() - interval '365 days' FROM known_devices
			UNION ALL SELECT expires_at > now() FROM password_resets
			UNION ALL SELECT requested_at > now() - interval '60 minutes' FROM reset_requests
			UNION ALL SELECT used_at > now() - interval '7 days' FROM follow_keys
			UNION ALL SELECT expires_at > now() FROM invites
			UNION ALL SELECT closed_at > now() - interval '90 days' FROM reports
			UNION ALL SELECT expire > extract(epoch FROM now()) * 1000 FROM rate_limits
		) AS row (lasts) ORDER BY state`);
	return rows.map(({ state }) => state);
}
