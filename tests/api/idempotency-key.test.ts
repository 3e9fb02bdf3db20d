import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { SQL, execute, queryRow } from '#lib/server/database/database.ts';
import { deleteMessage } from '#lib/server/messages/delete-message.ts';
import { PASSWORD, createCrowd, createPerson } from '../factories.ts';
import { basic, pathOf, useApi } from './use-api.ts';

const api = useApi({ LIMIT_POSTS_PER_ACCOUNT: '2/3600', LIMIT_FOLLOWS_PER_ACCOUNT: '2/3600' });

interface Named {
	id: number;
	name: string;
}

const MALFORMED = 'Idempotency-Key: a string of 1 to 128 printable ASCII characters, such as "4c2f-1"';
const USED = { status: 422, error_msg: 'This Idempotency-Key was already used with another body' };

const send = (path: string, body: object, key: string, as?: string) =>
	api.post(path, body, { headers: { 'idempotency-key': key }, as });
const statusOf = async (...request: Parameters<typeof send>) => (await send(...request)).statusCode;
const post = (author: Named, content: string, key: string, as?: string) =>
	statusOf(pathOf('msgs', author.name), { content }, key, as);
const change = (follower: Named, body: object, key: string, as?: string) =>
	statusOf(pathOf('fllws', follower.name), body, key, as);

const textsOf = async ({ name }: Named) =>
	(await api.get(pathOf('msgs', name))).json<{ content: string }[]>().map(({ content }) => content);
const followsOf = async ({ name }: Named) =>
	(await api.get(pathOf('fllws', name))).json<{ follows: string[] }>().follows;

async function createTwo(): Promise<[Named, Named]> {
	const [one, other] = await createCrowd(2);
	if (!one || !other) throw new Error('Expected two users');
	return [one, other];
}

const closeAccount = (id = 0) => execute(SQL`INSERT INTO closed_accounts (user_id) VALUES (${id})`);

let [alice, bob]: Named[] = [];
/** Two users without messages and follows, for the tests that write nothing. */
beforeAll(async () => void ([alice, bob] = await createTwo()));

describe('a key', () => {
	test.each([
		'8e03978e-40d5-43dd-bc93-6894a57f9324',
		'"with spaces, commas; and [brackets]"',
		'"a \\"quoted\\" \\\\"',
		'base64+/==',
		'x'.repeat(128),
		`"${'\\"'.repeat(128)}"`
	])('may be %s', async (key) => {
		const [author] = await createTwo();
		expect([await post(author, 'Hello', key), await post(author, 'Hello', key)]).toEqual([204, 204]);
		expect(await textsOf(author)).toEqual(['Hello']);
	});

	test.each([
		'',
		'""',
		'"',
		'two words',
		'"open',
		'open"',
		'"in"side"',
		'"escaped \\a"',
		'"a";version=1',
		'"a", "a"',
		'one,two',
		'tab\there',
		'naïve',
		'x'.repeat(129),
		`"${'x'.repeat(129)}"`
	])('cannot be %j', async (key) => {
		for (const [path, body] of [
			[pathOf('msgs', alice?.name ?? ''), { content: 'Hello' }],
			[pathOf('fllws', alice?.name ?? ''), { follow: bob?.name }]
		] as const) {
			expect((await send(path, body, key)).json()).toEqual({ status: 400, error_msg: MALFORMED });
			expect((await api.get(path)).json()).toEqual(path.startsWith('/msgs') ? [] : { follows: [] });
		}
	});

	test('is the same with and without quotation marks, whoever sends it, and belongs to a user and an operation', async () => {
		const [author, other] = await createTwo();
		const member = await createPerson();
		const as = basic(member.name, PASSWORD);
		expect([await post(author, 'Hello', 'a-1'), await post(author, 'Hello', '"a-1"')]).toEqual([204, 204]);
		expect([await post(author, 'Hello', 'A-1'), await post(other, 'Other', 'a-1')]).toEqual([204, 204]);
		expect(await change(author, { follow: other.name }, 'a-1')).toBe(204);
		expect([await post(member, 'Hello', 'a-1', as), await post(member, 'Hello', 'a-1')]).toEqual([204, 204]);
		expect(await Promise.all([author, other, member].map(textsOf))).toEqual([['Hello', 'Hello'], ['Other'], ['Hello']]);
		expect(await followsOf(author)).toEqual([other.name]);
	});

	test('is not used by a refused request', async () => {
		const [author, other] = await createTwo();
		expect([await post(author, ' ', 'a'), await post({ ...author, name: 'late' }, 'Hello', 'a')]).toEqual([400, 404]);
		expect(await change(author, { follow: author.name }, 'a')).toBe(400);
		expect(await change(author, { follow: 'nobody' }, 'a')).toBe(404);
		expect([await post(author, 'Hello', 'a'), await change(author, { follow: other.name }, 'a')]).toEqual([204, 204]);
	});

	test('is documented', async () => {
		const { paths } = (await api.get('/openapi.json')).json();
		for (const path of ['/msgs/{username}', '/fllws/{username}']) {
			expect(paths[path].post.parameters).toContainEqual({
				in: 'header',
				name: 'Idempotency-Key',
				required: false,
				description: expect.stringContaining('422'),
				schema: { type: 'string', pattern: expect.any(String) }
			});
			expect(paths[path].get.parameters.map(({ name }: { name: string }) => name)).not.toContain('Idempotency-Key');
		}
	});
});

describe('a message with a key', () => {
	test('is posted once and gets the same answer again; another text is 422', async () => {
		const [author] = await createTwo();
		const path = pathOf('msgs', author.name);
		const [first, again] = [
			await send(path, { content: 'one\r\ntwo' }, 'k'),
			await send(path, { content: 'one\ntwo' }, 'k')
		];
		expect([first.statusCode, first.body, again.statusCode, again.body]).toEqual([204, '', 204, '']);
		expect((await send(path, { content: 'three' }, 'k')).json()).toEqual(USED);
		expect(await textsOf(author)).toEqual(['one\ntwo']);
	});

	test('is posted once by concurrent requests, all of which get an answer', async () => {
		const [author] = await createTwo();
		const texts = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 'even' : 'odd'));
		const statuses = await Promise.all(texts.map((text) => post(author, text, 'k')));
		const [stored, ...others] = await textsOf(author);
		expect(others).toEqual([]);
		expect(statuses).toEqual(texts.map((text) => (text === stored ? 204 : 422)));
	});

	test('is not posted again by a late retry after it was deleted', async () => {
		const member = await createPerson();
		const writer = { ...member, address: '192.0.2.1' };
		expect(await post(member, 'Hello', 'k')).toBe(204);
		const row = await queryRow<{ id: number }>(SQL`SELECT id FROM messages WHERE author_id = ${member.id}`);
		expect(await deleteMessage(writer, row?.id ?? 0, null)).toEqual({ kind: 'done' });
		for (const as of [undefined, basic(member.name, PASSWORD)]) expect(await post(member, 'Hello', 'k', as)).toBe(204);
		expect(await textsOf(member)).toEqual([]);
	});

	test('gets its answer when no further message may be posted', async () => {
		const member = await createPerson();
		const as = basic(member.name, PASSWORD);
		const keys = ['k1', 'k1', 'k1', 'k2', 'k3', 'k2'];
		const statuses = [];
		for (const key of keys) statuses.push(await post(member, key, key, as));
		expect(statuses).toEqual([204, 204, 204, 204, 429, 204]);
	});
});

describe('a follow with a key', () => {
	test('is made once: a late retry does not undo an unfollow, nor the other way round', async () => {
		const [fan, star] = await createTwo();
		expect(await change(fan, { follow: star.name }, 'k')).toBe(204);
		expect(await change(fan, { unfollow: star.name }, 'other')).toBe(204);
		expect(await change(fan, { follow: star.name }, 'k')).toBe(204);
		expect(await followsOf(fan)).toEqual([]);
		expect(await change(fan, { follow: star.name }, 'new')).toBe(204);
		expect(await change(fan, { unfollow: star.name }, 'other')).toBe(204);
		expect(await followsOf(fan)).toEqual([star.name]);
	});

	test('is 422 with another body', async () => {
		const [fan, star] = await createTwo();
		const path = pathOf('fllws', fan.name);
		await send(path, { follow: star.name }, 'k');
		for (const body of [{ unfollow: star.name }, { follow: fan.name }, { follow: 'nobody' }])
			expect((await send(path, body, 'k')).json()).toEqual(USED);
		expect(await followsOf(fan)).toEqual([star.name]);
	});

	test('is made once by concurrent requests, all of which get an answer', async () => {
		const [fan, star] = await createTwo();
		const bodies = Array.from({ length: 20 }, (_, index) => ({
			[index % 2 === 0 ? 'follow' : 'unfollow']: star.name
		}));
		const statuses = await Promise.all(bodies.map((body) => change(fan, body, 'k')));
		const isFollowed = (await followsOf(fan)).length === 1;
		expect(statuses).toEqual(bodies.map((body) => ('follow' in body === isFollowed ? 204 : 422)));
	});

	test('gets its answer when no point is left, and when the followee is gone', async () => {
		const member = await createPerson();
		const as = basic(member.name, PASSWORD);
		const stars = await createCrowd(3);
		const follow = (index: number) => change(member, { follow: stars[index]?.name }, `k${index}`, as);
		const concurrent = await Promise.all([follow(0), follow(0), follow(0)]);
		expect(concurrent).toEqual([204, 204, 204]);
		expect([await follow(1), await follow(2), await follow(0)]).toEqual([204, 429, 204]);
		await closeAccount(stars[0]?.id);
		expect([await follow(0), await change(member, { follow: stars[0]?.name }, 'new')]).toEqual([204, 404]);
	});

	test('of a closed account is 404', async () => {
		const [fan, star] = await createTwo();
		await change(fan, { follow: star.name }, 'k');
		await closeAccount(fan.id);
		expect(await change(fan, { follow: star.name }, 'k')).toBe(404);
	});
});

test('any sequence of requests has the effect of those whose keys are new', async () => {
	const request = fc.record({ body: fc.constantFrom('a', 'b'), operation: fc.constantFrom('post', 'follow', 'unfollow'), key: fc.option(fc.constantFrom('k1', 'k2', 'k3')) }); // prettier-ignore
	await fc.assert(
		fc.asyncProperty(fc.array(request, { maxLength: 12 }), async (requests) => {
			const [writer, ...others] = await createCrowd(3);
			if (!writer) throw new Error('Expected users');
			const used = new Map<string, string>();
			const [texts, follows] = [[] as string[], new Set<string>()];
			for (const { operation, body, key } of requests) {
				const name = others[body === 'a' ? 0 : 1]?.name ?? '';
				const sent = operation === 'post' ? { content: body } : { [operation]: name };
				const path = pathOf(operation === 'post' ? 'msgs' : 'fllws', writer.name);
				const scope = `${path} ${key}`;
				const isNew = key === null || !used.has(scope);
				const isSame = isNew || used.get(scope) === JSON.stringify(sent);
				const headers = key === null ? undefined : { 'idempotency-key': key };
				expect((await api.post(path, sent, { headers })).statusCode).toBe(isSame ? 204 : 422);
				if (!isNew) continue;
				if (key !== null) used.set(scope, JSON.stringify(sent));
				if (operation === 'post') texts.unshift(body);
				else if (operation === 'follow') follows.add(name);
				else follows.delete(name);
			}
			expect(await textsOf(writer)).toEqual(texts);
			expect(new Set(await followsOf(writer))).toEqual(follows);
		}),
		{ numRuns: 25 }
	);
});
