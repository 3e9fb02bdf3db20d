import { describe, expect, test } from 'vitest';
import { SQL, execute, queryRow, queryRows } from '#lib/server/database/database.ts';
import { createUser, validateEmail, validateName, findProfile } from '#lib/server/accounts/users.ts';
import { PASSWORD, createCrowd, createPerson } from '../factories.ts';
import { useDatabase } from '../use-database.ts';

useDatabase();

const email = 'a@example.org';

describe('a name', () => {
	test.each([
		'a',
		'🐦'.repeat(100),
		'Алиса',
		'عليس',
		'a/b',
		'%2F',
		"'; DROP TABLE users; --",
		'<script>',
		' a ',
		'...',
		'\u202eb'
	])('%j is valid and finds its user', async (name) => {
		expect(validateName(name)).toBeNull();
		const person = await createPerson({ name });
		expect(await findProfile(name, null)).toMatchObject({ id: person.id, name });
	});

	test.each([
		['', 'You have to enter a username'],
		[' \t\n', 'You have to enter a username'],
		['🐦'.repeat(101), '100 characters at most'],
		['.', "can't be used"],
		['..', "can't be used"],
		['a\0b', "can't be used"],
		['a\ud800', "can't be used"]
	])('%j is invalid', (name, reason) => expect(validateName(name)).toContain(reason));

	test('with a canonical form eleven times as long still fits', async () => {
		const name = '\ufdfa'.repeat(50) + '\u3316\u3315\u3317\u332d\u3334'.repeat(10);
		expect(await createUser({ name, email, password: PASSWORD })).toBe(true);
	});

	test('that cannot be stored finds no user', async () => {
		for (const name of ['a\0b', 'a\ud800', '', '.']) expect(await findProfile(name, null)).toBeNull();
	});
});

describe('an e-mail address', () => {
	test('needs only an @', () => {
		for (const given of ['a@b', '@', `${'ä'.repeat(319)}@`]) expect(validateEmail(given)).toBeNull();
		for (const given of ['', 'alice', `${'ä'.repeat(320)}@`, 'a@\0', 'a@\udfff']) {
			expect(validateEmail(given)).toBe('You have to enter a valid email address');
		}
	});
});

describe('a new user', () => {
	test('gets a case-sensitively unique name, even in concurrent requests', async () => {
		const created = await Promise.all(
			Array.from({ length: 8 }, () => createUser({ name: 'contested', email, password: PASSWORD }))
		);
		expect(created.filter(Boolean)).toHaveLength(1);
		expect(await createUser({ name: 'Contested', email, password: PASSWORD })).toBe(true);
	});

	test('has counts from the start, and a hash instead of the password', async () => {
		const person = await createPerson();
		expect(await findProfile(person.name, person.id)).toEqual({
			id: person.id,
			name: person.name,
			display_name: null,
			bio: null,
			link: null,
			joined_at: expect.any(Date),
			messages: 0,
			followers: 0,
			following: 0,
			is_followed: false,
			follows_viewer: false
		});
		const row = await queryRow<{ row: string }>(SQL`SELECT users::text AS row FROM users WHERE id = ${person.id}`);
		expect(row?.row).toContain('$argon2id$');
		expect(row?.row).not.toContain(PASSWORD);
	});
});

test('deleting a user leaves no rows and keeps the counts of others correct', async () => {
	const [alice, bob, charlie] = await createCrowd(3);
	if (!alice || !bob || !charlie) throw new Error('Expected three users');
	await execute(SQL`INSERT INTO messages (author_id, author_name, text) VALUES (${alice.id}, ${alice.name}, 'Hello')`);
	await execute(SQL`
		INSERT INTO follows (follower_id, followee_id)
		VALUES (${alice.id}, ${bob.id}), (${charlie.id}, ${alice.id}), (${charlie.id}, ${bob.id})`);
	await execute(SQL`DELETE FROM users WHERE id = ${alice.id}`);
	expect(await findProfile(alice.name, null)).toBeNull();
	expect(await findProfile(bob.name, charlie.id)).toMatchObject({ followers: 1, is_followed: true });
	expect(await findProfile(charlie.name, null)).toMatchObject({ following: 1 });
	expect(await queryRows(SQL`SELECT FROM messages WHERE author_id = ${alice.id}`)).toEqual([]);
});
