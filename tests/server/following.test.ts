import { describe, expect, test } from 'vitest';
import { databasePool } from '#lib/server/database/database.ts';
import { follow, listFollowers, listFollowing, unfollow } from '#lib/server/follows/following.ts';
import { findProfile } from '#lib/server/accounts/users.ts';
import { createFollow, createPerson } from '../factories.ts';
import { loadInAnotherProcess } from '../another-process.ts';
import { useDatabase } from '../use-database.ts';
import { untilWaiting } from '../wait-for-locks.ts';

const database = useDatabase({ LIMIT_FOLLOWS_PER_ACCOUNT: '3/3600', LIMIT_FOLLOWS_PER_ADDRESS: '9/3600' });

interface Named {
	id: number;
	name: string;
}

let addresses = 0;
/** A member, by default at an address of their own. */
const at = ({ id, name }: Named, address = `2001:db8:0:${(++addresses).toString(16)}::1`) => ({ id, name, address });
/** The simulator acting under a name. */
const as = (name: string) => ({ name });
/** Holds up every change of follows. Returns a function that ends this. */
async function lockFollows(): Promise<() => Promise<void>> {
	const holder = await databasePool().connect();
	await holder.query('BEGIN; LOCK TABLE follows IN SHARE MODE');
	return async () => {
		await holder.query('COMMIT');
		holder.release();
	};
}

const DONE = { kind: 'done' };
const LIMITED = { kind: 'limited', limited: { retryAfterSeconds: expect.any(Number) } };

describe('following', () => {
	test('twice creates one follow and succeeds both times', async () => {
		const [alice, bob] = [await createPerson(), await createPerson()];
		expect(await follow(at(alice), bob.name, alice.id)).toEqual(DONE);
		expect(await follow(at(alice), bob.name, null)).toEqual(DONE);
		expect(await findProfile(bob.name, alice.id)).toMatchObject({ followers: 1, following: 0, is_followed: true });
		expect(await findProfile(alice.name, null)).toMatchObject({ followers: 0, following: 1, is_followed: false });
	});

	test('oneself or an unknown user is rejected', async () => {
		const alice = await createPerson();
		expect(await follow(at(alice), alice.name, null)).toEqual({ kind: 'oneself' });
		expect(await follow(at(alice), 'nobody\0', null)).toEqual({ kind: 'unknown' });
		expect(await follow(as('nobody'), alice.name, null)).toEqual({ kind: 'unknown' });
		expect(await findProfile(alice.name, null)).toMatchObject({ followers: 0, following: 0 });
	});

	test('can be ended repeatedly', async () => {
		const [alice, bob] = [await createPerson(), await createPerson()];
		await createFollow(alice.name, bob.name);
		expect(await unfollow(at(alice), bob.name, alice.id)).toEqual(DONE);
		expect(await unfollow(at(alice), bob.name, null)).toEqual(DONE);
		expect(await unfollow(at(alice), alice.name, null)).toEqual(DONE);
		expect(await findProfile(bob.name, alice.id)).toMatchObject({ followers: 0, is_followed: false });
	});

	test('under another account changes nothing and spends no points', async () => {
		const [alice, bob, star] = [await createPerson(), await createPerson(), await createPerson()];
		const member = at(bob);
		await createFollow(bob.name, alice.name);
		for (let round = 0; round < 4; round++) {
			expect(await follow(member, star.name, alice.id)).toEqual({ kind: 'wrong-account' });
			expect(await unfollow(member, alice.name, NaN)).toEqual({ kind: 'wrong-account' });
		}
		expect((await listFollowing(bob.id, null)).items.map(({ name }) => name)).toEqual([alice.name]);
		expect(await follow(member, star.name, bob.id)).toEqual(DONE);
	});

	test('and unfollowing share a limit per account and per address; the simulator has none', async () => {
		const [star, ...fans] = await Promise.all(Array.from({ length: 5 }, () => createPerson()));
		if (!star) throw new Error('Expected five users');
		const address = '192.0.2.1';
		for (const [index, fan] of fans.entries()) {
			const isFirst = index < 3;
			expect(await follow(at(fan, address), star.name, null)).toEqual(isFirst ? DONE : LIMITED);
			if (!isFirst) continue;
			expect(await unfollow(at(fan, address), star.name, null)).toEqual(DONE);
			expect(await unfollow(at(fan, address), star.name, null)).toEqual(DONE);
			expect(await follow(at(fan), star.name, null)).toEqual(LIMITED);
		}
		expect(await findProfile(star.name, null)).toMatchObject({ followers: 0 });
		for (const { name } of [...fans, ...fans]) expect(await follow(as(name), star.name, null)).toEqual(DONE);
	});

	test('with a key needs one point, however many requests are concurrent', async () => {
		const [alice, bob, charlie] = [await createPerson(), await createPerson(), await createPerson()];
		for (let round = 0; round < 2; round++) expect(await follow(at(alice), charlie.name, null)).toEqual(DONE);
		const key = crypto.randomUUID();
		const release = await lockFollows();
		const outcomes = Promise.all(Array.from({ length: 10 }, () => follow(at(alice), bob.name, null, key)));
		await untilWaiting(1);
		await release();
		expect(await outcomes).toEqual(Array.from({ length: 10 }, () => DONE));
		expect(await follow(at(alice), charlie.name, null)).toEqual(LIMITED);
	});

	test('with a key spends one point, however many processes get it at once', async () => {
		const [alice, bob] = [await createPerson(), await createPerson()];
		const key = crypto.randomUUID();
		const load = () => import('#lib/server/follows/following.ts');
		const processes = [
			await loadInAnotherProcess(database.config, load),
			await loadInAnotherProcess(database.config, load),
			{ follow }
		];
		const release = await lockFollows();
		const outcomes = Promise.all(processes.map((each) => each.follow(at(alice), bob.name, null, key)));
		await untilWaiting(3);
		await release();
		expect(await outcomes).toEqual([DONE, DONE, DONE]);
		for (const expected of [DONE, DONE, LIMITED]) expect(await follow(at(alice), bob.name, null)).toEqual(expected);
		expect(await follow(at(alice), bob.name, null, key)).toEqual(DONE);
		expect(await unfollow(at(alice), bob.name, null, key)).toEqual({ kind: 'conflict' });
	});

	test('each other concurrently never deadlocks', async () => {
		const [alice, bob] = [await createPerson(), await createPerson()];
		for (let round = 0; round < 20; round++) {
			await Promise.all([follow(as(alice.name), bob.name, null), follow(as(bob.name), alice.name, null)]);
			await Promise.all([unfollow(as(bob.name), alice.name, null), unfollow(as(alice.name), bob.name, null)]);
		}
		expect(await findProfile(bob.name, null)).toMatchObject({ followers: 0, following: 0 });
	});

	test('lists are newest first, page by page', async () => {
		const star = await createPerson();
		const fans = await Promise.all(Array.from({ length: 32 }, () => createPerson()));
		for (const fan of fans) await createFollow(fan.name, star.name);
		const first = await listFollowers(star.id, null);
		expect(first.items.map((person) => person.name)).toEqual(
			fans
				.slice(2)
				.reverse()
				.map((fan) => fan.name)
		);
		const second = await listFollowers(star.id, { before: first.older ?? 0 });
		expect(second.items.map((person) => person.name)).toEqual(
			fans
				.slice(0, 2)
				.reverse()
				.map((fan) => fan.name)
		);
		expect(second.older).toBeNull();
		expect(await listFollowers(star.id, { after: second.newer ?? 0 })).toEqual({ ...first, newer: null });
		expect((await listFollowing(fans[0]?.id ?? 0, null)).items.map((person) => person.name)).toEqual([star.name]);
	});
});
