import { expect, test } from 'vitest';
import { SQL, execute, queryRow, queryRows } from '#lib/server/database/database.ts';
import { createCrowd } from '../factories.ts';
import { useDatabase } from '../use-database.ts';

useDatabase();

/** Returns the users whose stored counts differ from their rows. */
const findWrongCounts = () =>
	queryRows(SQL`
		SELECT * FROM (
			SELECT user_id, messages, followers, following,
				(SELECT count(*) FROM messages WHERE author_id = user_id AND NOT flagged) AS real_messages,
				(SELECT count(*) FROM follows WHERE followee_id = user_id) AS real_followers,
				(SELECT count(*) FROM follows WHERE follower_id = user_id) AS real_following
			FROM user_counts
		) AS compared
		WHERE (messages, followers, following) <> (real_messages, real_followers, real_following)`);

test('counts are correct after a bulk insert and stay correct after updates and deletes', async () => {
	await createCrowd(12);
	await execute(SQL`
		INSERT INTO messages (author_id, author_name, text, flagged)
		SELECT id, name, 'Message', id % 4 = 0 FROM users, generate_series(1, 10) WHERE id % 5 > 0`);
	await execute(SQL`
		INSERT INTO follows (follower_id, followee_id)
		SELECT one.id, other.id FROM users AS one, users AS other WHERE one.id <> other.id AND (one.id * other.id) % 3 > 0`);
	const row = await queryRow<{ sum: string }>(SQL`SELECT sum(messages + followers + following) FROM user_counts`);
	expect(Number(row?.sum)).toBeGreaterThan(100);
	expect(await findWrongCounts()).toEqual([]);
	for (const step of [
		SQL`UPDATE messages SET flagged = true WHERE id % 7 = 0`,
		SQL`UPDATE messages SET flagged = true WHERE id % 5 = 0`,
		SQL`UPDATE messages SET flagged = false WHERE id % 10 = 0`,
		SQL`UPDATE messages SET text = text || '!'`,
		SQL`INSERT INTO follows (follower_id, followee_id) SELECT follower_id, followee_id FROM follows ON CONFLICT DO NOTHING`,
		SQL`DELETE FROM messages WHERE id % 3 = 0`,
		SQL`DELETE FROM follows WHERE id % 4 = 0`,
		SQL`DELETE FROM users WHERE id % 6 = 0`,
		SQL`UPDATE users SET name = name || '!'`
	]) {
		await execute(step);
		expect(await findWrongCounts(), step.text).toEqual([]);
	}
});

test('concurrent statements that change the same users in different orders never deadlock', async () => {
	const ids = (await createCrowd(30)).map(({ id }) => id);
	const inOrder = (order: number[]) => SQL`unnest(${order}::bigint[]) WITH ORDINALITY AS author (id, place)`;
	for (let round = 0; round < 20; round++) {
		const changes = [ids, ids.toReversed(), ids.toSorted((one, other) => (one % 7) - (other % 7))].flatMap((order) => [
			execute(
				SQL`INSERT INTO messages (author_id, author_name, text)
				SELECT id, name, 'Message' FROM `
					.append(inOrder(order))
					.append(SQL` JOIN users USING (id) ORDER BY place`)
			),
			execute(
				SQL`INSERT INTO follows (follower_id, followee_id)
				SELECT id, ${ids[round]}::bigint FROM `
					.append(inOrder(ids))
					.append(SQL` WHERE id <> ${ids[round]} ORDER BY id ON CONFLICT DO NOTHING`)
			)
		]);
		await Promise.all(changes);
	}
	expect(await findWrongCounts()).toEqual([]);
});
