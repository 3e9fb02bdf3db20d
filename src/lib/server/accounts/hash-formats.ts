import { SQL, queryRows } from '#lib/server/database/database.ts';
import { CURRENT_HASH_PREFIX } from './passwords.ts';

/** How many passwords are stored in a format. */
export interface HashFormat {
	/** For example `argon2id`, `pbkdf2:sha256`, or `md5, unsalted`. */
	format: string;
	passwords: number;
	/** Whether it is Argon2id with the present parameters. Any other hash is replaced at the next log-in. */
	is_current: boolean;
}

/** Counts passwords by the format of their hash, most frequent first. */
export async function countHashFormats(): Promise<HashFormat[]> {
	return queryRows<HashFormat>(SQL`
		SELECT format, count(*) AS passwords, is_current
		FROM users
		CROSS JOIN LATERAL (SELECT starts_with(password_hash, ${CURRENT_HASH_PREFIX}) AS is_current) AS age
		CROSS JOIN LATERAL (SELECT CASE
			WHEN password_hash LIKE '$%' THEN split_part(password_hash, '$', 2)
			-- The parameters of werkzeug follow its names: pbkdf2:sha256:600000, scrypt:32768:8:1.
			WHEN password_hash LIKE '%$%' THEN regexp_replace(split_part(password_hash, '$', 1), '(:\\d+)+$', '')
			WHEN password_hash ~ '^[0-9a-f]{32}$' THEN 'md5, unsalted'
			WHEN password_hash ~ '^[0-9a-f]{40}$' THEN 'sha1, unsalted'
			ELSE 'unusable' END AS format) AS kind
		GROUP BY format, is_current
		ORDER BY passwords DESC, format, is_current DESC`);
}
