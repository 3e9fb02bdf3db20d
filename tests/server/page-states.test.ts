import { beforeAll, describe, expect, test, vi } from 'vitest';
import { SQL, databasePool, execute } from '#lib/server/database/database.ts';
import { withState } from '#lib/server/database/read-versions.ts';
import {
	findFollowersState,
	findFollowingState,
	listFollowers,
	listFollowing,
	unfollow
} from '#lib/server/follows/following.ts';
import {
	findPublicTimelineState,
	findUserTimelineState,
	readPublicTimeline,
	readUserTimeline
} from '#lib/server/messages/timelines.ts';
import { findProfile } from '#lib/server/accounts/users.ts';
import { createFollow, createMessage, createPerson } from '../factories.ts';
import { useDatabase } from '../use-database.ts';

/* The state of a page differs after each change that the page shows, and is the state that a rendering shows. */

useDatabase();

let alice: { id: number; name: string };
let bob: { id: number; name: string };
let carol: { id: number; name: string };
let first: number;

beforeAll(async () => {
	[alice, bob, carol] = [await createPerson(), await createPerson(), await createPerson()];
	first = (await createMessage(alice.id, 'First')).id;
	await createMessage(bob.id, 'Second');
	await createFollow(alice.name, bob.name);
	await createFollow(carol.name, bob.name);
});

const close = (id: number) => execute(SQL`INSERT INTO closed_accounts (user_id) VALUES (${id})`);
const flag = (id: number, flagged: boolean) => execute(SQL`UPDATE messages SET flagged = ${flagged} WHERE id = ${id}`);
const rename = (id: number, name: string) => execute(SQL`UPDATE users SET name = ${name} WHERE id = ${id}`);

/** The states of all pages, by name. */
async function readStates() {
	const states = {
		public: await findPublicTimelineState('', null),
		'before the first': await findPublicTimelineState('', { before: first }),
		'after the first': await findPublicTimelineState('', { after: first }),
		"alice's messages": await findUserTimelineState(alice.name, null),
		"bob's messages": await findUserTimelineState(bob.name, null),
		"bob's older messages": await findUserTimelineState(bob.name, { before: first }),
		'whom alice follows': await findFollowingState(alice.name, null),
		"bob's followers": await findFollowersState(bob.name, null)
	};
	return states;
}

type Page = keyof Awaited<ReturnType<typeof readStates>>;
const timelines: Page[] = ['public', 'after the first'];
const pagesOfBob: Page[] = ["bob's messages", "bob's older messages", "bob's followers"];
const pagesOfAlice: Page[] = ["alice's messages", 'whom alice follows'];

describe('a change alters the states of the pages that show it', () => {
	const cases: [string, () => Promise<unknown>, Page[]][] = [
		['a post', () => createMessage(bob.id, 'Third'), [...timelines, ...pagesOfBob, 'whom alice follows']],
		['a flag', () => flag(first + 1, true), [...timelines, ...pagesOfBob]],
		['its removal', () => flag(first + 1, false), [...timelines, ...pagesOfBob]],
		[
			'a flag and its removal',
			async () => {
				await flag(first + 1, true);
				await flag(first + 1, false);
			},
			[...timelines, ...pagesOfBob]
		],
		['a deletion', () => execute(SQL`DELETE FROM messages WHERE id = ${first + 1}`), [...timelines, ...pagesOfBob]],
		['a follow', () => createFollow(bob.name, alice.name), [...pagesOfBob, ...pagesOfAlice]],
		['an unfollow', () => unfollow(bob, alice.name, null), [...pagesOfBob, ...pagesOfAlice]],
		['the rename of a follower', () => rename(carol.id, 'caroline'), ["bob's followers"]],
		[
			'the rename of an author',
			async () => {
				await rename(bob.id, 'robert');
				bob.name = 'robert';
			},
			[...timelines, ...pagesOfBob, 'whom alice follows']
		],
		[
			'a change of a profile',
			() => execute(SQL`UPDATE users SET bio = 'Hi' WHERE id = ${alice.id}`),
			[...pagesOfAlice, "bob's followers"]
		],
		['the closing of a follower', () => close(carol.id), pagesOfBob],
		['the closing of an author', () => close(bob.id), [...timelines, ...pagesOfBob, ...pagesOfAlice]],
		[
			'the reopening of accounts',
			() => execute(SQL`DELETE FROM closed_accounts`),
			[...timelines, ...pagesOfBob, ...pagesOfAlice]
		],
		['a registration', () => createPerson(), []]
	];
	test.each(cases)('%s', async (_name, change, changed) => {
		const before = await readStates();
		expect(await readStates()).toEqual(before);
		await change();
		const after = await readStates();
		const isChanged = (page: string) => after[page as Page] !== before[page as Page];
		expect(Object.keys(after).filter(isChanged).sort()).toEqual([...changed].sort());
	});
});

test('the reads of a page return its state', async () => {
	for (const cursor of [null, { before: first + 2 }, { after: first - 1 }]) {
		expect((await withState(() => readPublicTimeline(cursor))).state).toBe(await findPublicTimelineState('', cursor));
		for (const [read, findState] of [
			[readUserTimeline, findUserTimelineState],
			[listFollowing, findFollowingState],
			[listFollowers, findFollowersState]
		] as const) {
			const { state } = await withState(async () => {
				const profile = await findProfile(bob.name, null);
				return read(profile?.id ?? 0, cursor);
			});
			expect(state).toBe(await findState(bob.name, cursor));
		}
	}
});

test('a page of somebody who does not exist has no state until they register', async () => {
	for (const name of ['dave', 'a\0b', '\ud800']) expect(await findUserTimelineState(name, null), name).toBeNull();
	expect(await findFollowersState('dave', { after: 0 })).toBeNull();
	await createPerson({ name: 'dave' });
	expect(await findUserTimelineState('dave', null)).toMatch(/^[\da-f]{32}$/);
	expect(await findFollowersState('dave', { after: 0 })).toMatch(/^[\da-f]{32}$/);
});

test('all who ask at once share a statement', async () => {
	const query = vi.spyOn(databasePool(), 'query');
	const names = [alice.name, 'nobody', bob.name, alice.name];
	const states = await Promise.all(names.map((name) => findUserTimelineState(name, null)));
	expect(query).toHaveBeenCalledTimes(1);
	query.mockRestore();
	const alone = [];
	for (const name of names) alone.push(await findUserTimelineState(name, null));
	expect(states).toEqual(alone);
});
