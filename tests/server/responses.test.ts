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
	if (!first || !second) throw new Error('Expected two users');
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

describe('the JSON of messages', () => {
	test('lists the messages of all users newest first, in whole seconds, without flagged ones, up to the limit', async () => {
		expect(JSON.parse(String(await readMessagesJson(100)))).toEqual([last(), awkward(), first()]);
		expect(JSON.parse(String(await readMessagesJson(2)))).toEqual([last(), awkward()]);
		expect(String(await readMessagesJson(0))).toBe('[]');
	});

	test('lists the messages of one user, and tells an empty list from an unknown user', async () => {
		expect(JSON.parse((await readUserMessagesJson(alice.name, 100)) ?? '')).toEqual([last(), first()]);
		expect(JSON.parse((await readUserMessagesJson(alice.name, 1)) ?? '')).toEqual([last()]);
		expect(await readUserMessagesJson(bob.name, 0)).toBe('[]');
		for (const name of ['nobody', 'a\0b']) expect(await readUserMessagesJson(name, 100)).toBeNull();
	});

	test('returns the same to concurrent readers', async () => {
		const expected = await readMessagesJson(100);
		const all = await Promise.all(Array.from({ length: 50 }, () => readMessagesJson(100)));
		expect(new Set(all)).toEqual(new Set([expected]));
	});
});

describe('the JSON of follows', () => {
	test('lists whom a user follows, newest follow first, up to the limit', async () => {
		const [follower, ...followed] = await createCrowd(4);
		if (!follower) throw new Error('Expected four users');
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
