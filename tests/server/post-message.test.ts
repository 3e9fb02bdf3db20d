import { describe, expect, test, vi } from 'vitest';
import { SQL, databasePool, execute, queryRow, queryRows } from '#lib/server/database/database.ts';
import { type NewMessage, postMessage } from '#lib/server/messages/post-message.ts';
import { accountKey, spendPoint } from '#lib/server/accounts/rate-limits.ts';
import { readUserTimeline } from '#lib/server/messages/timelines.ts';
import { findProfile } from '#lib/server/accounts/users.ts';
import { createCrowd } from '../factories.ts';
import { loadInAnotherProcess } from '../another-process.ts';
import { useDatabase } from '../use-database.ts';
import { untilWaiting } from '../wait-for-locks.ts';

const database = useDatabase({ LIMIT_POSTS_PER_ACCOUNT: '20/3600' });

interface Named {
	id: number;
	name: string;
}

async function createAuthor() {
	const [author] = await createCrowd(1);
	if (!author) throw new Error('Expected one user');
	return author;
}

/** Posts as a member at an address, to whom limits apply. */
const postAs = (author: Named, message: Partial<NewMessage>) =>
	postMessage({ ...author, address: '192.0.2.1' }, { text: 'Hello', clientId: null, owner: null, ...message });

/** Posts as the simulator, under any name. */
const simulate = (name: string, text: string) => postMessage({ name }, { text, clientId: null, owner: null });

const countRows = async ({ id }: Named) =>
	(await queryRow<{ count: number }>(SQL`SELECT count(*) FROM messages WHERE author_id = ${id}`))?.count;

const textsOf = async ({ id }: Named) => (await readUserTimeline(id, null)).items.map(({ text }) => text);

/** Returns the points of the posting limit that an account has spent. */
async function spentBy({ name }: Named): Promise<number> {
	const key = `post_account:${accountKey(name)}`;
	const rows = await queryRows<{ points: number }>(SQL`SELECT points FROM rate_limits WHERE key = ${key}`);
	return rows[0]?.points ?? 0;
}

const idOf = (outcome: Awaited<ReturnType<typeof postMessage>>) =>
	outcome.kind === 'posted' ? outcome.message.id : outcome.kind;

describe('a text', () => {
	test.each([
		'a',
		'x'.repeat(280),
		'🐦'.repeat(280),
		'👩‍👩‍👧‍👦'.repeat(40),
		' \n.',
		'\u200b.',
		"'; DROP TABLE messages; --",
		'\u202egnp'
	])('that is valid (%j) is returned as it was written', async (text) => {
		const author = await createAuthor();
		const posted = { id: expect.any(Number), author_name: author.name, text, posted_at: expect.any(Date) };
		expect(await postAs(author, { text })).toEqual({ kind: 'posted', message: posted, isNew: true });
		expect((await readUserTimeline(author.id, null)).items).toEqual([{ ...posted, links: expect.any(Array) }]);
	});

	test.each([
		['', 'Write something first'],
		[' \r\n\t\u00a0', 'Write something first'],
		['\u200b\u2060\ufeff\u00ad', 'Write something first'],
		['\u2800', 'Write something first'],
		['\u3164\u115f\uffa0', 'Write something first'],
		['\u202e\u2066 \ufe0f\u{e0041}', 'Write something first'],
		['x'.repeat(281), 'at most 280 characters, this one has 281'],
		['🐦'.repeat(281), 'at most 280 characters, this one has 281'],
		['a\0', 'invalid Unicode characters'],
		['\udc26', 'invalid Unicode characters']
	])('%j is rejected, whoever posts it, and spends no points', async (text, reason) => {
		const author = await createAuthor();
		const refusal = { kind: 'invalid', sentence: expect.stringContaining(reason) };
		expect(await postAs(author, { text })).toEqual(refusal);
		expect(await simulate(author.name, text)).toEqual(refusal);
		expect([await countRows(author), await spentBy(author)]).toEqual([0, 0]);
	});

	test('is stored with normalized line endings, and its length is counted as stored', async () => {
		const text = `${'x'.repeat(139)}\r\n${'y'.repeat(139)}\r`;
		const stored = `${'x'.repeat(139)}\n${'y'.repeat(139)}\n`;
		const author = await createAuthor();
		const clientId = crypto.randomUUID();
		await simulate(author.name, text);
		await postAs(author, { text });
		await postAs(author, { text, clientId });
		expect(await textsOf(author)).toEqual([stored, stored, stored]);
		expect(await postAs(author, { text: stored, clientId })).toMatchObject({ isNew: false });
	});

	test('of 281 characters is rejected by the database too', async () => {
		const { id, name } = await createAuthor();
		const text = '🐦'.repeat(281);
		await expect(
			execute(SQL`INSERT INTO messages (author_id, author_name, text) VALUES (${id}, ${name}, ${text})`)
		).rejects.toThrow('messages_text_length');
	});
});

describe('a post with a client id', () => {
	test('sent twenty times concurrently is one message, and a repeat returns the same', async () => {
		const author = await createAuthor();
		const clientId = crypto.randomUUID();
		const posts = await Promise.all(Array.from({ length: 20 }, () => postAs(author, { clientId })));
		expect(new Set(posts.map(idOf)).size).toBe(1);
		expect(posts.filter((post) => post.kind === 'posted' && post.isNew)).toHaveLength(1);
		const again = await postAs(author, { clientId: clientId.toUpperCase() });
		expect(again).toEqual({ ...posts[0], isNew: false });
		expect(await countRows(author)).toBe(1);
		expect(await spentBy(author)).toBe(1);
		expect(await findProfile(author.name, null)).toMatchObject({ messages: 1 });
	});

	test('spends one point however often it is sent, and can be repeated when no point is left', async () => {
		const author = await createAuthor();
		const clientId = crypto.randomUUID();
		for (let round = 0; round < 10; round++)
			expect(await postAs(author, { clientId })).toMatchObject({ kind: 'posted' });
		expect(await spentBy(author)).toBe(1);
		await Promise.all(Array.from({ length: 19 }, () => spendPoint('postsPerAccount', accountKey(author.name))));
		expect(await postAs(author, {})).toEqual({ kind: 'limited', limited: { retryAfterSeconds: expect.any(Number) } });
		expect(await postAs(author, { clientId })).toMatchObject({ kind: 'posted', isNew: false });
		expect(await postAs(author, { clientId, text: 'Other' })).toEqual({ kind: 'conflict' });
		expect(await countRows(author)).toBe(1);
	});

	test('needs one point, however many requests are concurrent', async () => {
		const author = await createAuthor();
		const clientId = crypto.randomUUID();
		await Promise.all(Array.from({ length: 19 }, () => spendPoint('postsPerAccount', accountKey(author.name))));
		const posts = await Promise.all(
			Array.from({ length: 10 }, (_, index) =>
				postAs(author, { clientId: index % 2 === 0 ? clientId : clientId.toUpperCase() })
			)
		);
		for (const post of posts) expect(post).toMatchObject({ kind: 'posted' });
		expect(await countRows(author)).toBe(1);
		expect(await spentBy(author)).toBe(20);
	});

	test('spends one point, however many processes get it at once', async () => {
		const author = await createAuthor();
		const clientId = crypto.randomUUID();
		const load = () => import('#lib/server/messages/post-message.ts');
		const processes = [await loadInAnotherProcess(database.config, load), { postMessage }];
		const message = { text: 'Hello', clientId, owner: null };
		const member = { ...author, address: '192.0.2.1' };
		const holder = await databasePool().connect();
		await holder.query('BEGIN; LOCK TABLE messages IN SHARE MODE');
		const outcomes = Promise.all(processes.map((each) => each.postMessage(member, message)));
		await untilWaiting(2);
		await holder.query('COMMIT');
		holder.release();
		const posts = await outcomes;
		for (const post of posts) expect(post).toMatchObject({ kind: 'posted' });
		expect(await countRows(author)).toBe(1);
		expect(await spentBy(author)).toBe(1);
	});

	test('and a different text is a conflict and changes nothing', async () => {
		const author = await createAuthor();
		const clientId = crypto.randomUUID();
		await postAs(author, { clientId });
		expect(await postAs(author, { clientId, text: 'Good-bye' })).toEqual({ kind: 'conflict' });
		expect(await textsOf(author)).toEqual(['Hello']);
		expect(await spentBy(author)).toBe(1);
		expect(await findProfile(author.name, null)).toMatchObject({ messages: 1 });
	});

	test('is recognized even after the message was flagged', async () => {
		const author = await createAuthor();
		const clientId = crypto.randomUUID();
		await postAs(author, { clientId });
		await execute(SQL`UPDATE messages SET flagged = true WHERE author_id = ${author.id}`);
		expect(await postAs(author, { clientId })).toMatchObject({ isNew: false });
		expect(await findProfile(author.name, null)).toMatchObject({ messages: 0 });
	});

	test('may use an id that another author has used', async () => {
		const [alice, bob] = [await createAuthor(), await createAuthor()];
		const clientId = crypto.randomUUID();
		const [one, other] = [await postAs(alice, { clientId }), await postAs(bob, { clientId })];
		expect([one, other]).toMatchObject([{ isNew: true }, { isNew: true }]);
		expect(idOf(one)).not.toBe(idOf(other));
	});

	test('that is not a UUID is rejected', async () => {
		const author = await createAuthor();
		for (const clientId of ['', 'x', crypto.randomUUID().slice(1)])
			expect(await postAs(author, { clientId })).toMatchObject({ kind: 'invalid' });
	});
});

test('posts without a client id are distinct messages', async () => {
	const author = await createAuthor();
	for (let round = 0; round < 2; round++) expect(await postAs(author, {})).toMatchObject({ isNew: true });
	expect(await countRows(author)).toBe(2);
});

test('a post with another account’s owner id is rejected before any other check and spends no points', async () => {
	const [alice, bob] = [await createAuthor(), await createAuthor()];
	const clientId = crypto.randomUUID();
	await postAs(bob, { clientId });
	for (const message of [{}, { clientId }, { clientId: crypto.randomUUID() }, { text: '' }])
		for (const owner of [alice.id, NaN, 0])
			expect(await postAs(bob, { ...message, owner })).toEqual({ kind: 'wrong-account' });
	expect([await countRows(alice), await countRows(bob), await spentBy(bob)]).toEqual([0, 1, 1]);
	expect(await postAs(bob, { owner: bob.id })).toMatchObject({ kind: 'posted' });
});

describe('a post of the simulator', () => {
	test('is stored under exactly that name and has no limit', async () => {
		const author = await createAuthor();
		for (let round = 0; round < 5; round++)
			expect(await simulate(author.name, 'Hello')).toMatchObject({ kind: 'posted', isNew: true });
		expect(await simulate(author.name.toUpperCase(), 'Hello')).toEqual({ kind: 'unknown' });
		expect([await countRows(author), await spentBy(author)]).toEqual([5, 0]);
	});

	test('is one statement', async () => {
		const author = await createAuthor();
		const query = vi.spyOn(databasePool(), 'query');
		await simulate(author.name, 'Hello');
		const statements = query.mock.calls.map(([statement]) => (statement as unknown as { text: string }).text);
		query.mockRestore();
		// The NOTIFY is sent afterwards, and the post does not wait for it.
		expect(statements.filter((text) => !text.startsWith('NOTIFY'))).toHaveLength(1);
	});

	test.each(['nobody', '', 'a\0b'])('under an unknown name (%j) is rejected', async (name) => {
		expect(await simulate(name, 'Hello')).toEqual({ kind: 'unknown' });
	});
});
