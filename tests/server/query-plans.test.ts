import { beforeAll, describe, expect, test } from 'vitest';
import { SQL, databasePool, execute, queryRow } from '#lib/server/database/database.ts';
import {
	findFolloweeIds,
	findFollowersState,
	findFollowingState,
	follow,
	listFollowers,
	listFollowing,
	unfollow
} from '#lib/server/follows/following.ts';
import { findPeople, listActivePeople } from '#lib/server/follows/people.ts';
import { postMessage } from '#lib/server/messages/post-message.ts';
import { readNewMessages } from '#lib/server/messages/new-message-listener.ts';
import { listRemovedIds } from '#lib/server/messages/removed-messages.ts';
import { findLatest, recordLatest } from '#lib/server/simulator/simulator-number.ts';
import { readFollowsJson, readMessagesJson, readUserMessagesJson } from '#lib/server/simulator/responses.ts';
import {
	findPublicTimelineState,
	findUserTimelineState,
	readHomeTimeline,
	readPublicTimeline,
	readUserTimeline
} from '#lib/server/messages/timelines.ts';
import { listAccountsToReset } from '#lib/server/accounts/password-reset.ts';
import { findProfile } from '#lib/server/accounts/users.ts';
import { createCrowd } from '../factories.ts';
import { useDatabase } from '../use-database.ts';
import { measure } from './measure-plans.ts';

useDatabase();

const PEOPLE = 6_000;
const MESSAGES = 100_000;
const FOLLOWS = 60_000;
/**
 * How many 8 KiB database pages one page of a list may touch, in memory or on disk. A row of a list of people takes the
 * most: look-ups of the user, their newest message, its place in the table and whether the account is closed.
 */
const MAX_BUFFERS = 450;
/** Closed accounts: many, so that a read that costs more with each of them fails. */
const CLOSED = 1_000;
/** Suspended accounts, for the same reason with writes. */
const SUSPENDED = 1_000;

let first = 0;
let middle = 0;
const nameOf = async (id: number) =>
	(await queryRow<{ name: string }>(SQL`SELECT name FROM users WHERE id = ${id}`))?.name ?? '';

beforeAll(async () => {
	first = (await createCrowd(PEOPLE))[0]?.id ?? 0;
	await execute(SQL`SELECT setseed(0.42)`);
	await execute(SQL`
		INSERT INTO messages (author_id, author_name, text, posted_at, flagged)
		SELECT users.id, users.name, repeat('Words of a message ', 4), now() - (${MESSAGES} - number) * interval '1 second', number % 200 = 0
		FROM (
			SELECT number, ${first}::bigint + floor(${PEOPLE} * random() ^ 2)::bigint AS author
			FROM generate_series(1, ${MESSAGES}) AS number
		) AS drawn
		JOIN users ON users.id = drawn.author ORDER BY number`);
	// Each user follows ten of the next users, user 10 follows 50, and user 100 follows 1,000.
	await execute(SQL`
		INSERT INTO follows (follower_id, followee_id)
		SELECT follower, ${first}::bigint + (follower - ${first}::bigint + step * 5) % ${PEOPLE}
		FROM generate_series(${first}::bigint, ${first + PEOPLE - 1}::bigint) AS follower,
			generate_series(1, CASE follower - ${first}::bigint WHEN 10 THEN 50 WHEN 100 THEN 1000 ELSE ${FOLLOWS / PEOPLE} END) AS step`);
	// None of them is at an end of what is measured below.
	await execute(SQL`
		INSERT INTO closed_accounts (user_id) SELECT ${first + 2_000}::bigint + number FROM generate_series(1, ${CLOSED}::integer) AS number`);
	await execute(SQL`
		INSERT INTO suspended_accounts (user_id, reason)
		SELECT ${first + 3_000}::bigint + number, 'spam' FROM generate_series(1, ${SUSPENDED}::integer) AS number`);
	// VACUUM marks a page as all-visible only once the commits of its rows, and its own before them, are on disk.
	const client = await databasePool().connect();
	await client.query('SET synchronous_commit = on');
	await client.query(SQL`UPDATE user_counts SET messages = messages WHERE user_id = ${first}`);
	await client.query('VACUUM (ANALYZE)');
	client.release(true);
	middle = (await queryRow<{ id: number }>(SQL`SELECT max(id) / 2 AS id FROM messages`))?.id ?? 0;
});

const reader = () => first + 10;

describe('with 100,000 messages one page reads index ranges and few buffers', () => {
	test.each<[string, () => Promise<unknown>]>([
		['public timeline, newest', () => readPublicTimeline(null)],
		['public timeline, deep', () => readPublicTimeline({ before: middle })],
		['public timeline, back', () => readPublicTimeline({ after: middle })],
		['user timeline, newest', () => readUserTimeline(reader(), null)],
		['user timeline, deep', () => readUserTimeline(reader(), { before: middle })],
		['user timeline, back', () => readUserTimeline(reader(), { after: middle })],
		['home timeline of 10, newest', () => readHomeTimeline(first + 500, null)],
		['home timeline of 10, deep', () => readHomeTimeline(first + 500, { before: middle })],
		['home timeline of 10, back', () => readHomeTimeline(first + 500, { after: middle })],
		['home timeline of 50, newest', () => readHomeTimeline(reader(), null)],
		['home timeline of 50, deep', () => readHomeTimeline(reader(), { before: middle })],
		['home timeline of 50, back', () => readHomeTimeline(reader(), { after: middle })],
		['following', () => listFollowing(first + 100, null)],
		['following, deep', () => listFollowing(first + 100, { before: MESSAGES })],
		['followers', () => listFollowers(first + 505, null)],
		['followers, back', () => listFollowers(first + 505, { after: 1 })],
		['followers, as a user sees them', () => listFollowers(first + 505, null, first + 100)],
		['accounts by e-mail address', () => listAccountsToReset('NOBODY@example.org')],
		['people by name', async () => findPeople((await nameOf(first + 1000)).slice(0, -2), first + 100)],
		['state of the public timeline', () => findPublicTimelineState('', null)],
		['state of the public timeline, deep', () => findPublicTimelineState('', { before: middle })],
		['state of the public timeline, back', () => findPublicTimelineState('', { after: middle })],
		['state of a user timeline', async () => findUserTimelineState(await nameOf(reader()), null)],
		['state of a user timeline, back', async () => findUserTimelineState(await nameOf(reader()), { after: middle })],
		['state of following', async () => findFollowingState(await nameOf(first + 100), null)],
		['state of followers', async () => findFollowersState(await nameOf(first + 505), null)],
		['state of followers, back', async () => findFollowersState(await nameOf(first + 505), { after: 1 })],
		['followee ids', () => findFolloweeIds(first + 100)],
		['new messages', () => readNewMessages(MESSAGES - 200)],
		['removed messages', () => listRemovedIds(middle, middle + 200)],
		['profile', async () => findProfile(await nameOf(first + 7), reader())],
		['GET /msgs', () => readMessagesJson(100)],
		['latest', () => Promise.all([recordLatest(1), findLatest()])],
		['GET /msgs/<user>', async () => readUserMessagesJson(await nameOf(first + 1), 100)],
		['GET /fllws/<user>', async () => readFollowsJson(await nameOf(first + 10), 100)]
	])('%s', async (_name, read) => {
		expect(await measure(read)).toBeLessThanOrEqual(MAX_BUFFERS);
	});

	// Each of the 90 costs one index lookup.
	test.each([null, { before: MESSAGES - 20 }, { after: MESSAGES - 20 }])(
		'the recently active, %j, are found in the newest messages',
		async (cursor) => expect(await measure(() => listActivePeople(cursor, reader()))).toBeLessThanOrEqual(600)
	);

	test('writes use indexes too', async () => {
		const [alice, bob] = [await nameOf(first + 1), await nameOf(first + 4000)];
		const simulator = { name: alice };
		const member = { id: first + 1, name: alice, address: '192.0.2.1' };
		const message = { text: 'Hello', clientId: null, owner: null };
		await measure(() => postMessage(simulator, message));
		await measure(() => postMessage(member, { ...message, clientId: crypto.randomUUID() }));
		for (const writer of [simulator, member]) {
			await measure(() => follow(writer, bob, null));
			await measure(() => unfollow(writer, bob, null));
		}
	});

	test('a full batch costs at most as much as its requests alone', async () => {
		const size = 100;
		const names = await Promise.all(Array.from({ length: size }, (_, index) => nameOf(first + 1 + index * 7)));
		const batch = (request: (name: string, id: number) => Promise<unknown>) => () =>
			Promise.all(names.map((name, index) => request(name, first + 1 + index * 7)));
		const message = { text: 'Hello', clientId: null, owner: null };
		for (const request of [
			batch((name) => readUserMessagesJson(name, 100)),
			batch((name) => readFollowsJson(name, 100)),
			batch((name) => findProfile(name, reader())),
			batch((_name, id) => readUserTimeline(id, null)),
			batch((_name, id) => readUserTimeline(id, { after: middle })),
			batch((_name, id) => readHomeTimeline(id, null)),
			batch((_name, id) => listFollowers(id, null)),
			batch((_name, id) => listFollowing(id, { before: Number.MAX_SAFE_INTEGER })),
			batch((name) => postMessage({ name }, message)),
			batch((name) => follow({ name }, names[0] ?? '', null)),
			batch((name) => unfollow({ name }, names[0] ?? '', null))
		]) {
			expect(await measure(request)).toBeLessThanOrEqual(MAX_BUFFERS * size);
		}
	});

	// Each followed user costs two index lookups: about five buffers.
	test('the cost of a home timeline of 1,000 grows with the users followed, not with the messages', async () => {
		expect(await measure(() => readHomeTimeline(first + 100, null))).toBeLessThan(6_000);
	});
});
