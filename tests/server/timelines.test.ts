import { beforeAll, describe, expect, test } from 'vitest';
import { SQL, execute, queryRows } from '#lib/server/database/database.ts';
import { type Cursor, type Page, parseCursor } from '#lib/server/database/pagination.ts';
import {
	listNewMessageIds,
	readHomeTimeline,
	readPublicTimeline,
	readUserTimeline
} from '#lib/server/messages/timelines.ts';
import { createCrowd } from '../factories.ts';
import { useDatabase } from '../use-database.ts';

useDatabase();

interface Row {
	id: number;
	author_id: number;
}

let people: { id: number; name: string }[] = [];
let follows: { follower_id: number; followee_id: number }[] = [];
/** The visible messages, newest first. */
let visible: Row[] = [];

// Some users write a lot and some nothing, every ninth message is flagged, and later users follow more.
beforeAll(async () => {
	people = await createCrowd(30);
	const first = people[0]?.id ?? 0;
	await execute(SQL`SELECT setseed(0.42)`);
	await execute(SQL`
		INSERT INTO messages (author_id, author_name, text, flagged)
		SELECT users.id, users.name, 'Message ' || number, number % 9 = 0
		FROM (SELECT number, ${first}::bigint + floor(28 * random() ^ 3)::bigint AS author FROM generate_series(1, 1000) AS number) AS drawn
		JOIN users ON users.id = drawn.author ORDER BY number`);
	await execute(SQL`
		INSERT INTO follows (follower_id, followee_id)
		SELECT one.id, other.id FROM users AS one, users AS other
		WHERE one.id <> other.id AND random() < (one.id - ${first}) / 30.0`);
	follows = await queryRows(SQL`SELECT follower_id, followee_id FROM follows`);
	visible = await queryRows(SQL`SELECT id, author_id FROM messages WHERE NOT flagged ORDER BY id DESC`);
});

type Read = (cursor: Cursor) => Promise<Page<{ id: number }>>;

/** Returns all ids from the newest page to the oldest and back. Fails if a page in between is not full. */
async function walk(read: Read): Promise<{ down: number[]; up: number[] }> {
	const down: number[] = [];
	let page = await read(null);
	expect(page.newer).toBeNull();
	for (;;) {
		down.push(...page.items.map((item) => item.id));
		if (page.older === null) break;
		expect(page.items).toHaveLength(30);
		page = await read({ before: page.older });
	}
	const up = page.items.map((item) => item.id);
	while (page.newer !== null) {
		page = await read({ after: page.newer });
		if (page.newer !== null) expect(page.items).toHaveLength(30);
		up.unshift(...page.items.map((item) => item.id));
	}
	return { down, up };
}

describe('every page', () => {
	test('of the public timeline, in both directions, lists each message once and no flagged ones', async () => {
		const expected = visible.map((message) => message.id);
		expect(expected.length).toBeGreaterThan(800);
		expect(await walk(readPublicTimeline)).toEqual({ down: expected, up: expected });
	});

	test('of each user’s own timeline lists that user’s messages', async () => {
		for (const person of people) {
			const expected = visible.filter((message) => message.author_id === person.id).map((message) => message.id);
			expect(await walk((cursor) => readUserTimeline(person.id, cursor))).toEqual({ down: expected, up: expected });
		}
	});

	test('of each user’s home timeline lists their own messages and those of whom they follow', async () => {
		for (const person of people) {
			const authors = new Set([
				person.id,
				...follows.filter((follow) => follow.follower_id === person.id).map((follow) => follow.followee_id)
			]);
			const expected = visible.filter((message) => authors.has(message.author_id)).map((message) => message.id);
			expect(await walk((cursor) => readHomeTimeline(person.id, cursor))).toEqual({ down: expected, up: expected });
		}
	});
});

describe('the ids of new messages', () => {
	test('are all after a message except the reader’s own, up to the limit', async () => {
		const [newest, reader] = [visible.slice(0, 80), people[0]];
		const [after = 0, oldest = 0] = [visible[80]?.id, visible.at(-1)?.id];
		const ids = await listNewMessageIds(readPublicTimeline, after, null);
		expect(new Set(ids)).toEqual(new Set(newest.map(({ id }) => id)));
		const byOthers = await listNewMessageIds(readPublicTimeline, after, reader?.name ?? null);
		expect(new Set(byOthers)).toEqual(
			new Set(newest.filter(({ author_id }) => author_id !== reader?.id).map(({ id }) => id))
		);
		expect(await listNewMessageIds(readPublicTimeline, oldest, null)).toHaveLength(120);
		expect(await listNewMessageIds(readPublicTimeline, visible[0]?.id ?? 0, null)).toEqual([]);
	});

	test('take a few reads, however much the reader has written', async () => {
		const author = people[0] ?? { id: 0, name: '' };
		const oldest = visible.at(-1)?.id ?? 0;
		let reads = 0;
		const readCounted = (cursor: Cursor) => {
			reads++;
			return readUserTimeline(author.id, cursor);
		};
		expect(await listNewMessageIds(readCounted, oldest, author.name)).toEqual([]);
		expect(reads).toBe(5);
	});
});

describe('a page', () => {
	test('from any position equals the same slice of the full list', async () => {
		const person = people.at(-1)?.id ?? 0;
		const followed = follows.filter((follow) => follow.follower_id === person).map((follow) => follow.followee_id);
		const home = visible.filter((row) => [...followed, person].includes(row.author_id));
		for (let place = 0; place < home.length; place += 97) {
			const id = home[place]?.id ?? 0;
			const before = home.filter((message) => message.id < id).slice(0, 30);
			const after = home.filter((message) => message.id > id).slice(-30);
			const idsOf = (rows: Row[]) => rows.map((row) => row.id);
			const ids = async (cursor: Cursor) => (await readHomeTimeline(person, cursor)).items.map((item) => item.id);
			expect(await ids({ before: id })).toEqual(idsOf(before));
			expect(await ids({ after: id })).toEqual(idsOf(after));
		}
	});

	test('beyond either end is empty', async () => {
		expect(await readPublicTimeline({ before: 1 })).toEqual({ items: [], older: null, newer: null });
		expect(await readPublicTimeline({ after: Number.MAX_SAFE_INTEGER })).toEqual({
			items: [],
			older: null,
			newer: null
		});
	});

	test('has the author, text, time and links of each message', async () => {
		const author = people[0] ?? { id: 0, name: '' };
		await execute(SQL`
			INSERT INTO messages (author_id, author_name, text, posted_at)
			VALUES (${author.id}, ${author.name}, 'See https://example.org', '2010-05-01T12:00:00Z')`);
		for (const read of [readPublicTimeline, (cursor: Cursor) => readUserTimeline(author.id, cursor)]) {
			expect((await read(null)).items[0]).toEqual({
				id: expect.any(Number),
				author_name: author.name,
				text: 'See https://example.org',
				posted_at: new Date('2010-05-01T12:00:00Z'),
				links: [{ start: 4, end: 23, href: 'https://example.org', shown: 'example.org' }]
			});
		}
		await execute(SQL`DELETE FROM messages WHERE posted_at < '2011-01-01'`);
	});
});

test('a cursor is a safe whole number', () => {
	const parse = (query: string) => parseCursor(new URLSearchParams(query));
	expect(parse('')).toBeNull();
	expect(parse('before=12')).toEqual({ before: 12 });
	expect(parse('after=0')).toEqual({ after: 0 });
	for (const text of ['', '-1', '1.5', '1e3', '0x1', ' 1', '１', 'abc', '9007199254740993', '9'.repeat(400)]) {
		expect(parse(`before=${encodeURIComponent(text)}`)).toBe('invalid');
	}
});
