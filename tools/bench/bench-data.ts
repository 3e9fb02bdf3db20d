import pg from 'pg';
import { SQL } from 'sql-template-strings';

export const USERS = 6_000;
const FOLLOWS = 60_000;

/** The name of the nth user; users with low numbers write and are followed the most. */
export function userName(number: number): string {
	return `user ${number}`;
}

/**
 * Fills an empty database with `USERS` users, 60,000 follows and `messages` messages, 1.3 % of them by the
 * busiest user. The data is the same every time.
 */
export async function fillDatabase(url: string, messages: number): Promise<void> {
	// A separate connection, because inserting a million rows exceeds the product's statement time-out.
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	await client.query(SQL`SELECT setseed(0.5)`);
	await client.query(SQL`
		INSERT INTO users (name, email, password_hash)
		SELECT 'user ' || number, number || '@example.org', '!' FROM generate_series(1, ${USERS}::integer) AS number`);
	await client.query(SQL`
		INSERT INTO messages (author_id, author_name, text, posted_at)
		SELECT users.id, users.name, left(repeat(md5(number::text) || ' ', 9), 20 + (random() * 120)::integer),
			now() - (${messages}::integer - number) * interval '1 second'
		FROM (
			SELECT number, 1 + floor(power(random(), 2) * ${USERS}::integer)::integer AS author
			FROM generate_series(1, ${messages}::integer) AS number
		) AS drawn JOIN users ON users.id = drawn.author
		ORDER BY number`);
	// The follows are the same whatever the number of messages.
	await client.query(SQL`SELECT setseed(0.5)`);
	await client.query(SQL`
		INSERT INTO follows (follower_id, followee_id)
		SELECT follower, followee FROM (
			SELECT 1 + floor(random() * ${USERS}::integer)::integer AS follower,
				1 + floor(power(random(), 2) * ${USERS}::integer)::integer AS followee
			FROM generate_series(1, 2 * ${FOLLOWS}::integer)
		) AS drawn WHERE follower <> followee
		ORDER BY follower = 1 DESC LIMIT ${FOLLOWS}::integer
		ON CONFLICT DO NOTHING`);
	await client.query(SQL`VACUUM (ANALYZE)`);
	await client.end();
}
