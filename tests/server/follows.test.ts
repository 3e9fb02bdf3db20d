import { describe, expect, test } from 'vitest';
import { createFollow, deleteFollow, listFollowers, listFollowing } from '#lib/server/follows.ts';
import { findProfile } from '#lib/server/users.ts';
import { createPerson } from '../factories.ts';
import { useDatabase } from '../use-database.ts';

useDatabase();

describe('following', () => {
	test('twice is one follow and both times done', async () => {
		const [alice, bob] = [await createPerson(), await createPerson()];
		expect(await createFollow(alice.name, bob.name)).toBe('done');
		expect(await createFollow(alice.name, bob.name)).toBe('done');
		expect(await findProfile(bob.name, alice.id)).toMatchObject({ followers: 1, following: 0, is_followed: true });
		expect(await findProfile(alice.name, null)).toMatchObject({ followers: 0, following: 1, is_followed: false });
	});

	test('oneself, or somebody unknown, is refused', async () => {
		const alice = await createPerson();
		expect(await createFollow(alice.name, alice.name)).toBe('oneself');
		expect(await createFollow(alice.name, 'nobody\0')).toBe('unknown');
		expect(await createFollow('nobody', alice.name)).toBe('unknown');
		expect(await findProfile(alice.name, null)).toMatchObject({ followers: 0, following: 0 });
	});

	test('ends once and can be ended again', async () => {
		const [alice, bob] = [await createPerson(), await createPerson()];
		await createFollow(alice.name, bob.name);
		expect(await deleteFollow(alice.name, bob.name)).toBe('done');
		expect(await deleteFollow(alice.name, bob.name)).toBe('done');
		expect(await findProfile(bob.name, alice.id)).toMatchObject({ followers: 0, is_followed: false });
	});

	test('each other at the same moment never waits for ever', async () => {
		const [alice, bob] = [await createPerson(), await createPerson()];
		for (let round = 0; round < 20; round++) {
			await Promise.all([createFollow(alice.name, bob.name), createFollow(bob.name, alice.name)]);
			await Promise.all([deleteFollow(bob.name, alice.name), deleteFollow(alice.name, bob.name)]);
		}
		expect(await findProfile(bob.name, null)).toMatchObject({ followers: 0, following: 0 });
	});

	test('lists name the newest first, page by page', async () => {
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
