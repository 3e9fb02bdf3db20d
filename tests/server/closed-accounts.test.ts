import { findPeople, listActivePeople } from '#lib/server/follows/people.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { SQL, execute, queryRow } from '#lib/server/database/database.ts';
import { closeAccount } from '#lib/server/accounts/account-changes.ts';
import { reopenAccount } from '#lib/server/accounts/closed-accounts.ts';
import { logIn } from '#lib/server/accounts/log-in.ts';
import { register } from '#lib/server/accounts/registration.ts';
import { createSession, findSignedIn } from '#lib/server/accounts/sessions.ts';
import { findProfile } from '#lib/server/accounts/users.ts';
import { findFollowersState, follow, listFollowers, listFollowing, unfollow } from '#lib/server/follows/following.ts';
import { deleteExpired } from '#lib/server/maintenance.ts';
import { findMessage, findMessageState } from '#lib/server/messages/find-message.ts';
import { postMessage } from '#lib/server/messages/post-message.ts';
import { findUserTimelineState, readHomeTimeline, readPublicTimeline } from '#lib/server/messages/timelines.ts';
import { readFollowsJson, readMessagesJson, readUserMessagesJson } from '#lib/server/simulator/responses.ts';
import { PASSWORD, createFollow, createMessage, createPerson } from '../factories.ts';
import { useDatabase } from '../use-database.ts';
import { INVALID, newAddress, newBrowser } from './log-in-attempts.ts';

useDatabase();

type Person = Awaited<ReturnType<typeof createPerson>>;

let alice: Person, bob: Person, carol: Person;
let message: number;

/** Alice, who closes her account, follows Bob; Bob and Carol follow her. */
beforeEach(async () => {
	[alice, bob, carol] = [await createPerson(), await createPerson(), await createPerson()];
	message = (await createMessage(alice.id, 'from alice')).id;
	await createMessage(bob.id, 'from bob');
	await createFollow(alice.name, bob.name);
	for (const { name } of [bob, carol]) await createFollow(name, alice.name);
	await createFollow(carol.name, bob.name);
});

const close = ({ id, name }: Person, password = PASSWORD) =>
	closeAccount({ member: { id, name, address: newAddress() }, owner: id, password, device: null });
/** Moves the closing into the past. */
const age = ({ id }: Person, days: number) =>
	execute(SQL`UPDATE closed_accounts SET closed_at = now() - ${days} * interval '1 day' WHERE user_id = ${id}`);

/** Everything that shows somebody, as Carol and the simulator read it. */
async function readAll() {
	const textsOf = ({ items }: { items: { text: string; author_name: string }[] }) =>
		items.filter(({ author_name }) => author_name === alice.name).map(({ text }) => text);
	const namesOf = ({ items }: { items: { name: string }[] }) => items.map(({ name }) => name);
	const simulatorMessages = JSON.parse(String(await readMessagesJson(100))) as { user: string }[];
	const counts = await findProfile(bob.name, null);
	return {
		profile: (await findProfile(alice.name, carol.id))?.name ?? null,
		profileState: (await findUserTimelineState(alice.name, null)) !== null,
		followersState: (await findFollowersState(alice.name, null)) !== null,
		message: (await findMessage(alice.name, message)) !== null,
		messageState: (await findMessageState(alice.name, message)) !== null,
		public: textsOf(await readPublicTimeline(null)),
		home: textsOf(await readHomeTimeline(carol.id, null)),
		followersOfBob: namesOf(await listFollowers(bob.id, null)),
		followedByCarol: namesOf(await listFollowing(carol.id, null)),
		followersCounted: counts?.followers,
		followingCounted: counts?.following,
		api: simulatorMessages.filter(({ user }) => user === alice.name).length,
		apiMessages: (await readUserMessagesJson(alice.name, 100)) !== null,
		apiFollows: (await readFollowsJson(alice.name, 100)) !== null,
		active: namesOf(await listActivePeople(null, carol.id)).includes(alice.name),
		sought: namesOf({ items: (await findPeople(alice.name, carol.id)).people }),
		apiFollowedByCarol: JSON.parse((await readFollowsJson(carol.name, 100)) ?? '') as unknown
	};
}

describe('a closed account', () => {
	test('is nowhere to be seen, and everything is back when it is reopened', async () => {
		const before = await readAll();
		expect(before).toMatchObject({ profile: alice.name, public: ['from alice'], home: ['from alice'], api: 1 });
		expect(await close(alice)).toEqual({ kind: 'done' });
		expect(await readAll()).toEqual({
			profile: null,
			profileState: false,
			followersState: false,
			message: false,
			messageState: false,
			public: [],
			home: [],
			followersOfBob: [carol.name],
			followedByCarol: [bob.name],
			followersCounted: 1,
			followingCounted: 0,
			api: 0,
			apiMessages: false,
			apiFollows: false,
			active: false,
			sought: [],
			apiFollowedByCarol: { follows: [bob.name] }
		});
		expect(await reopenAccount(alice.id)).toBe(true);
		expect(await readAll()).toEqual(before);
		expect(await reopenAccount(alice.id)).toBe(false);
	});

	test('has no sessions, not even one that begins meanwhile', async () => {
		const session = await createSession(alice.id);
		await close(alice);
		expect(await findSignedIn(session)).toBeNull();
		expect(await findSignedIn(await createSession(alice.id))).toBeNull();
	});

	test('can neither write nor be followed, by anybody', async () => {
		await close(alice);
		const text = { text: 'after all', clientId: null, owner: null };
		expect(await postMessage({ name: alice.name }, text)).toEqual({ kind: 'unknown' });
		expect(await postMessage({ ...alice, address: newAddress() }, text)).toEqual({ kind: 'unknown' });
		const dave = await createPerson();
		for (const change of [follow, unfollow]) {
			expect(await change({ name: dave.name }, alice.name, null)).toEqual({ kind: 'unknown' });
			expect(await change({ name: alice.name }, dave.name, null)).toEqual({ kind: 'unknown' });
		}
	});

	test('is not closed with a wrong password', async () => {
		expect(await close(alice, 'wrong')).toMatchObject({ kind: 'invalid' });
		expect(await findProfile(alice.name, null)).not.toBeNull();
	});

	test('can be taken back by a log-in for seven days', async () => {
		await close(alice);
		await age(alice, 6.99);
		expect(await logIn(alice.name, PASSWORD, newBrowser())).toMatchObject({ user: { id: alice.id }, isClosed: true });
		expect(await logIn(alice.name, 'wrong', newBrowser())).toEqual(INVALID);
		await deleteExpired();
		expect(await reopenAccount(alice.id)).toBe(true);
		await close(alice);
		await age(alice, 7.01);
		expect(await logIn(alice.name, PASSWORD, newBrowser())).toEqual(INVALID);
		expect(await reopenAccount(alice.id)).toBe(false);
	});
});

describe('after seven days', () => {
	const registerAgain = (name: string) =>
		register({ name, email: 'new@example.org', password: 'three random words' }, { address: newAddress() });

	test('an account and everything of it is removed in batches', async () => {
		await execute(SQL`
			INSERT INTO messages (author_id, author_name, text, flagged, client_id)
			SELECT ${alice.id}::bigint, ${alice.name}, 'Message', number % 7 = 0, gen_random_uuid() FROM generate_series(1, 2500) AS number`);
		await execute(SQL`UPDATE messages SET text = '', flagged = true, deleted_at = now() WHERE id = ${message}`);
		await close(alice);
		await deleteExpired();
		expect(await logIn(alice.name, PASSWORD, newBrowser())).toMatchObject({ isClosed: true });
		await age(alice, 7.01);
		await deleteExpired();
		const left = await queryRow(SQL`
			SELECT
				(SELECT count(*) FROM users WHERE id = ${alice.id}) AS users,
				(SELECT count(*) FROM messages WHERE author_id = ${alice.id}) AS messages,
				(SELECT count(*) FROM follows WHERE ${alice.id} IN (follower_id, followee_id)) AS follows,
				(SELECT count(*) FROM known_devices WHERE user_id = ${alice.id}) AS devices,
				(SELECT count(*) FROM closed_accounts WHERE user_id = ${alice.id}) AS closed`);
		expect(left).toEqual({ users: 0, messages: 0, follows: 0, devices: 0, closed: 0 });
		expect(await findProfile(bob.name, null)).toMatchObject({ followers: 1, following: 0, messages: 1 });
	});

	test('the name can be registered 30 days after the closing', async () => {
		const taken = { kind: 'invalid', field: 'name', sentence: 'The username is already taken' };
		await close(alice);
		expect(await registerAgain(alice.name)).toEqual(taken);
		await age(alice, 8);
		await deleteExpired();
		expect(await registerAgain(alice.name)).toEqual(taken);
		expect(await registerAgain(alice.name.toUpperCase())).toEqual(taken);
		const bySimulator = { name: alice.name, email: 'a@b', password: 'x' };
		expect(await register(bySimulator, 'simulator')).toEqual(taken);
		await execute(SQL`UPDATE held_names SET held_until = held_until - interval '22 days'`);
		expect(await registerAgain(alice.name)).toEqual({ kind: 'registered' });
		await deleteExpired();
		expect(await queryRow(SQL`SELECT FROM held_names WHERE name = ${alice.name}`)).toBeNull();
	});
});
