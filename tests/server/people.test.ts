import { beforeAll, describe, expect, test } from 'vitest';
import { SQL, execute } from '#lib/server/database/database.ts';
import { listFollowers, listFollowing } from '#lib/server/follows/following.ts';
import { type PeoplePage, findPeople, listActivePeople } from '#lib/server/follows/people.ts';
import { createCrowd, createFollow, createMessage, createPerson } from '../factories.ts';
import { useDatabase } from '../use-database.ts';

useDatabase();

interface Named {
	id: number;
	name: string;
}

const namesOf = ({ items }: PeoplePage) => items.map(({ name }) => name);

let [alice, bob, carol]: Named[] = [];

beforeAll(async () => {
	[alice, bob, carol] = [
		await createPerson({ name: 'alice' }),
		await createPerson({ name: 'bob' }),
		await createPerson({ name: 'carol' })
	];
	await createPerson({ name: 'silent' });
	await createMessage(alice.id, 'from alice');
	await createMessage(bob.id, 'first of bob');
	await createMessage(carol.id, 'from carol');
	await createMessage(bob.id, ' \n\tsecond of bob\nand more');
	await createFollow('alice', 'bob');
});

const people = () => [alice, bob, carol] as [Named, Named, Named];

describe('the recently active', () => {
	test('are everyone who wrote, by their newest message, with its first line', async () => {
		expect((await listActivePeople(null, null)).items).toEqual([
			{ id: 4, name: 'bob', last_line: 'second of bob', last_message: 4, is_followed: false },
			{ id: 3, name: 'carol', last_line: 'from carol', last_message: 3, is_followed: false },
			{ id: 1, name: 'alice', last_line: 'from alice', last_message: 1, is_followed: false }
		]);
	});

	test('are others, with whom the viewer follows, even if all views are read at once', async () => {
		const [{ id: first }, { id: second }] = people();
		const [seenByAlice, seenByBob, seenByVisitor] = await Promise.all(
			[first, second, null].map((viewer) => listActivePeople(null, viewer))
		);
		expect(seenByAlice?.items.map(({ name, is_followed }) => [name, is_followed])).toEqual([
			['bob', true],
			['carol', false]
		]);
		expect(namesOf(seenByBob as PeoplePage)).toEqual(['carol', 'alice']);
		expect(namesOf(seenByVisitor as PeoplePage)).toEqual(['bob', 'carol', 'alice']);
	});

	test('are not there for a message that was flagged', async () => {
		await execute(SQL`UPDATE messages SET flagged = true WHERE id = 4`);
		expect(namesOf(await listActivePeople(null, null))).toEqual(['carol', 'bob', 'alice']);
		expect((await listActivePeople(null, null)).items[1]?.last_line).toBe('first of bob');
		await execute(SQL`UPDATE messages SET flagged = false WHERE id = 4`);
	});

	test('include those who wrote before somebody who wrote 10,000 messages', async () => {
		const [flooder] = await createCrowd(1);
		await execute(SQL`
			INSERT INTO messages (author_id, author_name, text)
			SELECT ${flooder?.id}::bigint, ${flooder?.name}::text, 'again' FROM generate_series(1, 10000)`);
		expect(namesOf(await listActivePeople(null, null))).toEqual([flooder?.name, 'bob', 'carol', 'alice']);
		await execute(SQL`DELETE FROM messages WHERE author_id = ${flooder?.id}`);
	});

	test('are on pages, newest first, up to 90 of them', async () => {
		const crowd = await createCrowd(120);
		for (const { id } of crowd) await createMessage(id, 'hello');
		const expected = crowd.map(({ name }) => name).reverse();
		const first = await listActivePeople(null, null);
		const second = await listActivePeople({ before: first.older ?? 0 }, null);
		const third = await listActivePeople({ before: second.older ?? 0 }, null);
		expect([first, second, third].flatMap(namesOf)).toEqual(expected.slice(0, 90));
		expect(third.older).toBeNull();
		expect(await listActivePeople({ after: second.newer ?? 0 }, null)).toEqual({ ...first, newer: null });
	});
});

test('the lists of follows have the newest line of each person, and whom the viewer follows', async () => {
	const [first, second, third] = people();
	await createFollow('carol', 'alice');
	await createFollow('silent', 'bob');
	const shown = async (page: Promise<PeoplePage>) =>
		(await page).items.map(({ name, last_line, is_followed }) => [name, last_line, is_followed]);
	expect(await shown(listFollowers(second.id, null, third.id))).toEqual([
		['silent', null, false],
		['alice', 'from alice', true]
	]);
	expect(await shown(listFollowing(first.id, null, first.id))).toEqual([['bob', 'second of bob', true]]);
	expect(await shown(listFollowing(first.id, null))).toEqual([['bob', 'second of bob', false]]);
});

describe('a search', () => {
	const NAMES = [
		'100%',
		'100 percent',
		'snake_case',
		'snakeXcase',
		'İnci',
		'İNCİ',
		'Ｆｕｌｌ',
		'a\\b',
		'𝔘nicode',
		'🐦 bird',
		"o'neill"
	];

	beforeAll(async () => {
		for (const name of NAMES) await createPerson({ name });
	});

	const find = async (beginning: string) => (await findPeople(beginning, null)).people.map(({ name }) => name);

	test.each([
		['100%', ['100%']],
		['100', ['100 percent', '100%']],
		['%', []],
		['_', []],
		['snake_', ['snake_case']],
		['SNAKE', ['snake_case', 'snakeXcase']],
		['İn', ['İnci', 'İNCİ']],
		['ful', ['Ｆｕｌｌ']],
		['ＦＵ', ['Ｆｕｌｌ']],
		['unic', ['𝔘nicode']],
		['a\\', ['a\\b']],
		['🐦', ['🐦 bird']],
		["O'N", ["o'neill"]],
		['neill', []]
	])('for %j finds the names that begin like it', async (beginning, names) => {
		expect((await find(beginning)).sort()).toEqual([...names].sort());
	});

	test.each(['a\0', '\ud800', 'x'.repeat(101), '\u{10ffff}'])(
		'for %j finds nobody and does not fail',
		async (beginning) => expect(await find(beginning)).toEqual([])
	);

	test('finds the exact name first, at most a page, and tells that there are more', async () => {
		await execute(SQL`
			INSERT INTO users (name, email, password_hash)
			SELECT 'match' || coalesce(nullif(number, 0)::text, ''), 'x', '!' FROM generate_series(40, 0, -1) AS number`);
		const { people: found, hasMore } = await findPeople('MATCH', null);
		expect(found.map(({ name }) => name).slice(0, 3)).toEqual(['match', 'match1', 'match10']);
		expect([found.length, hasMore]).toEqual([30, true]);
		expect((await findPeople('match4', null)).hasMore).toBe(false);
	});

	test('tells each viewer whom they follow', async () => {
		const [first] = people();
		const [seen, other] = await Promise.all([findPeople('bo', first.id), findPeople('bo', null)]);
		expect(seen?.people).toMatchObject([{ name: 'bob', last_line: 'second of bob', is_followed: true }]);
		expect(other?.people).toMatchObject([{ name: 'bob', is_followed: false }]);
	});
});
