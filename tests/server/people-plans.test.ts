import { beforeAll, expect, test } from 'vitest';
import { SQL, execute } from '#lib/server/database/database.ts';
import { findPeople } from '#lib/server/follows/people.ts';
import { useDatabase } from '../use-database.ts';
import { measure } from './measure-plans.ts';

/* The cost of a search by name does not grow with the people, nor with those whose names match. */

useDatabase();

const PEOPLE = 1_000_000;

beforeAll(async () => {
	// Without what the search does not use, a million rows take seconds.
	await execute(SQL`ALTER TABLE users DISABLE TRIGGER users_start_counts`);
	await execute(SQL`ALTER TABLE users DROP CONSTRAINT users_name_unique, DROP CONSTRAINT users_id_name_unique CASCADE`);
	await execute(SQL`DROP INDEX users_name_key, users_name_prefix`);
	await execute(SQL`
		INSERT INTO users (name, email, password_hash)
		SELECT 'person ' || number, 'x', '!' FROM generate_series(1, ${PEOPLE}) AS number`);
	await execute(SQL`CREATE INDEX users_name_prefix ON users (name_key text_pattern_ops)`);
	await execute(SQL`VACUUM (ANALYZE) users`);
}, 120_000);

test.each(['p', 'person 9', 'person 999999', 'q', 'Ｐ'])('a search for %j', async (beginning) => {
	expect(await measure(() => findPeople(beginning, 1))).toBeLessThanOrEqual(400);
});
