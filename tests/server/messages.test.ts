import { describe, expect, test } from 'vitest';
import { SQL, execute, queryRow } from '#lib/server/database.ts';
import { findLatest } from '#lib/server/latest.ts';
import { createMessage, createMessageAs, findTextFault, normalizeText } from '#lib/server/messages.ts';
import { readUserTimeline } from '#lib/server/timelines.ts';
import { findProfile } from '#lib/server/users.ts';
import { createCrowd } from '../factories.ts';
import { useDatabase } from '../use-database.ts';

useDatabase();

async function createAuthor() {
	const [author] = await createCrowd(1);
	if (!author) throw new Error('One person was asked for');
	return author;
}

const countRows = async (authorId: number) =>
	(await queryRow<{ count: number }>(SQL`SELECT count(*) FROM messages WHERE author_id = ${authorId}`))?.count;

describe('a text', () => {
	test.each([
		'a',
		'x'.repeat(280),
		'🐦'.repeat(280),
		'👩‍👩‍👧‍👦'.repeat(40),
		' \n.',
		"'; DROP TABLE messages; --",
		'\u202egnp'
	])('of allowed length and letters (%j) comes back as it was written', async (text) => {
		expect(findTextFault(text)).toBeNull();
		const author = await createAuthor();
		await createMessage(author.id, text, null);
		expect((await readUserTimeline(author.id, null)).items[0]).toMatchObject({ text, author_name: author.name });
	});

	test.each([
		['', 'You have to enter a message'],
		[' \r\n\t\u00a0', 'You have to enter a message'],
		['x'.repeat(281), 'at most 280 characters, this one has 281'],
		['🐦'.repeat(281), 'at most 280 characters, this one has 281'],
		['a\0', 'characters that are no text'],
		['\udc26', 'characters that are no text']
	])('%j is refused', (text, reason) => expect(findTextFault(text)).toContain(reason));

	test('of 280 characters with line ends as forms send them is not too long', () => {
		const text = normalizeText(`${'x'.repeat(139)}\r\n${'y'.repeat(140)}`);
		expect(text).toContain('x\ny');
		expect(findTextFault(text)).toBeNull();
		expect(normalizeText('a\rb\n\r\nc')).toBe('a\rb\n\nc');
	});

	test('that is too long is refused by the database too', async () => {
		const author = await createAuthor();
		await expect(createMessage(author.id, '🐦'.repeat(281), null)).rejects.toThrow('messages_text_length');
	});
});

describe('a post with a client id', () => {
	test('sent twenty times at once is one message, and once more is the same', async () => {
		const author = await createAuthor();
		const id = crypto.randomUUID();
		const posts = await Promise.all(Array.from({ length: 20 }, () => createMessage(author.id, 'Hello', id)));
		const ids = new Set(posts.map((post) => (post === 'conflict' ? post : post.id)));
		expect(ids.size).toBe(1);
		expect(posts.filter((post) => post !== 'conflict' && post.isNew)).toHaveLength(1);
		expect(await createMessage(author.id, 'Hello', id.toUpperCase())).toEqual({ id: [...ids][0], isNew: false });
		expect(await countRows(author.id)).toBe(1);
		expect(await findProfile(author.name, null)).toMatchObject({ messages: 1 });
	});

	test('and another text is a conflict, and changes nothing', async () => {
		const author = await createAuthor();
		const id = crypto.randomUUID();
		await createMessage(author.id, 'Hello', id);
		expect(await createMessage(author.id, 'Good-bye', id)).toBe('conflict');
		expect((await readUserTimeline(author.id, null)).items.map((message) => message.text)).toEqual(['Hello']);
		expect(await findProfile(author.name, null)).toMatchObject({ messages: 1 });
	});

	test('is known also after it was flagged', async () => {
		const author = await createAuthor();
		const id = crypto.randomUUID();
		await createMessage(author.id, 'Hello', id);
		await execute(SQL`UPDATE messages SET flagged = true WHERE author_id = ${author.id}`);
		expect(await createMessage(author.id, 'Hello', id)).toMatchObject({ isNew: false });
		expect(await findProfile(author.name, null)).toMatchObject({ messages: 0 });
	});

	test('may have the id that another author has used', async () => {
		const [alice, bob] = [await createAuthor(), await createAuthor()];
		const id = crypto.randomUUID();
		const [one, other] = [await createMessage(alice.id, 'Hello', id), await createMessage(bob.id, 'Hi', id)];
		expect([one, other]).toEqual([
			{ id: expect.any(Number), isNew: true },
			{ id: expect.any(Number), isNew: true }
		]);
		expect(one).not.toEqual(other);
	});
});

test('posts without a client id are all different', async () => {
	const author = await createAuthor();
	for (let round = 0; round < 2; round++) {
		expect(await createMessage(author.id, 'Hello', null)).toMatchObject({ isNew: true });
	}
	expect(await countRows(author.id)).toBe(2);
});

describe('a post under a name', () => {
	test('is written under that name exactly', async () => {
		const author = await createAuthor();
		expect(await createMessageAs(author.name, 'Hello', 7)).toBe(true);
		expect(await findLatest()).toBe(7);
		expect(await createMessageAs(author.name.toUpperCase(), 'Hello', null)).toBe(false);
		expect(await countRows(author.id)).toBe(1);
	});

	test("that nobody has is none, and its simulator's number counts", async () => {
		for (const [index, name] of ['nobody', '', 'a\0b'].entries()) {
			expect(await createMessageAs(name, 'Hello', 100 + index)).toBe(false);
			expect(await findLatest()).toBe(100 + index);
		}
	});
});
