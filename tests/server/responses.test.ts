import { beforeAll, describe, expect, test } from 'vitest';
import { SQL, execute } from '#lib/server/database/database.ts';
import { readFollowsJson, readMessagesJson, readUserMessagesJson } from '#lib/server/simulator/responses.ts';
import { createCrowd, createFollow } from '../factories.ts';
import { useDatabase } from '../use-database.ts';

useDatabase();

const AWKWARD = 'quotes " \' \\ and <b> / 🐦 \u2028 \t \n end';
let alice = { id: 0, name: '' };
let bob = { id: 0, name: '' };

beforeAll(async () => {
	const [first, second] = await createCrowd(2);
	if (!first || !second) throw new Error('Two people were asked for');
	[alice, bob] = [first, second];
	await execute(SQL`
		INSERT INTO messages (author_id, author_name, text, posted_at, flagged) VALUES
		(${alice.id}, ${alice.name}, 'first', '2020-01-01T00:00:00.999Z', false),
		(${alice.id}, ${alice.name}, 'flagged', '2020-01-01T00:00:01Z', true),
		(${bob.id}, ${bob.name}, ${AWKWARD}, '2020-01-01T00:00:00.1Z', false),
		(${alice.id}, ${alice.name}, 'last', '1969-12-31T23:59:59.5Z', false)`);
});

const first = () => ({ content: 'first', pub_date: 1577836800, user: alice.name });
const awkward = () => ({ content: AWKWARD, pub_date: 1577836800, user: bob.name });
const last = () => ({ content: 'last', pub_date: -1, user: alice.name });

describe('messages as JSON', () => {
	test('are those of all, newest first, whole seconds, without flagged ones, at most as many as asked for', async () => {
		expect(JSON.parse(await readMessagesJson(100))).toEqual([last(), awkward(), first()]);
		expect(JSON.parse(await readMessagesJson(2))).toEqual([last(), awkward()]);
		expect(await readMessagesJson(0)).toBe('[]');
	});

	test('are those of one person, and an empty list is not an unknown person', async () => {
		expect(JSON.parse((await readUserMessagesJson(alice.name, 100)) ?? '')).toEqual([last(), first()]);
		expect(JSON.parse((await readUserMessagesJson(alice.name, 1)) ?? '')).toEqual([last()]);
		expect(await readUserMessagesJson(bob.name, 0)).toBe('[]');
		for (const name of ['nobody', 'a\0b']) expect(await readUserMessagesJson(name, 100)).toBeNull();
	});

	test('asked for by many at once are the same for all', async () => {
		const expected = await readMessagesJson(100);
		const all = await Promise.all(Array.from({ length: 50 }, () => readMessagesJson(100)));
		expect(new Set(all)).toEqual(new Set([expected]));
	});
});

describe('follows as JSON', () => {
	test('name whom a person follows, newest follow first, at most as many as asked for', async () => {
		const [follower, ...followed] = await createCrowd(4);
		if (!follower) throw new Error('Four people were asked for');
		expect(await readFollowsJson(follower.name, 100)).toBe('{"follows" : []}');
		for (const person of followed) await createFollow(follower.name, person.name);
		const names = followed.map((person) => person.name).reverse();
		const read = async (limit: number) => JSON.parse((await readFollowsJson(follower.name, limit)) ?? '');
		expect(await read(100)).toEqual({ follows: names });
		expect(await read(2)).toEqual({ follows: names.slice(0, 2) });
		expect(await read(0)).toEqual({ follows: [] });
		for (const name of ['nobody', 'a\0b']) expect(await readFollowsJson(name, 100)).toBeNull();
	});
});
