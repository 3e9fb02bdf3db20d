import pg from 'pg';
import { beforeAll, expect, test } from 'vitest';
import { findPeople } from '#lib/server/follows/people.ts';
import { useDatabase } from '../use-database.ts';
import { measure } from './measure-plans.ts';

/* The cost of a search by name does not grow with the people, nor with those whose names match. */

const context = useDatabase();

const PEOPLE = 1_000_000;

beforeAll(async () => {
	// A connection without the time-outs of the domain's. Without what the search does not use, a million rows take seconds.
	const client = new pg.Client({ connectionString: context.config.DATABASE_URL });
	await client.connect();
	for (const statement of [
		'ALTER TABLE users DISABLE TRIGGER users_start_counts',
		'ALTER TABLE users DROP CONSTRAINT users_name_unique, DROP CONSTRAINT users_id_name_unique CASCADE',
		'DROP INDEX users_name_key, users_name_prefix',
		`INSERT INTO users (name, email, password_hash)
			SELECT 'person ' || number, 'x', '!' FROM generate_series(1, ${PEOPLE}) AS number`,
		'CREATE INDEX users_name_prefix ON users (name_key text_pattern_ops)',
		// Many, so that a search that reads them all fails.
		'INSERT INTO closed_accounts (user_id) SELECT id FROM users ORDER BY id DESC LIMIT 1000',
		'VACUUM (ANALYZE) users, closed_accounts'
	])
		await client.query(statement);
	await client.end();
}, 120_000);

test.each(['p', 'person 9', 'person 999999', 'q', 'Ｐ'])('a search for %j', async (beginning) => {
	expect(await measure(() => findPeople(beginning, 1))).toBeLessThanOrEqual(400);
});
