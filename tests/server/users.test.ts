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
	])('%j can be used, and finds its person', async (name) => {
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
	])('%j cannot be used', (name, reason) => expect(validateName(name)).toContain(reason));

	test('whose look-alike form is eleven times as long still fits', async () => {
		const name = '\ufdfa'.repeat(50) + '\u3316\u3315\u3317\u332d\u3334'.repeat(10);
		expect(await createUser({ name, email, password: PASSWORD })).toBe(true);
	});

	test('that cannot be stored finds nobody', async () => {
		for (const name of ['a\0b', 'a\ud800', '', '.']) expect(await findProfile(name, null)).toBeNull();
	});
});

describe('an e-mail address', () => {
	test('needs an @ and nothing else', () => {
		for (const given of ['a@b', '@', `${'ä'.repeat(319)}@`]) expect(validateEmail(given)).toBeNull();
		for (const given of ['', 'alice', `${'ä'.repeat(320)}@`, 'a@\0', 'a@\udfff']) {
			expect(validateEmail(given)).toBe('You have to enter a valid email address');
		}
	});
});

describe('a new person', () => {
	test('gets a name that nobody has to the letter, also when many ask at once', async () => {
		const created = await Promise.all(
			Array.from({ length: 8 }, () => createUser({ name: 'contested', email, password: PASSWORD }))
		);
		expect(created.filter(Boolean)).toHaveLength(1);
		expect(await createUser({ name: 'Contested', email, password: PASSWORD })).toBe(true);
	});

	test('has counts from the start, and a hash in place of the password', async () => {
		const person = await createPerson();
		expect(await findProfile(person.name, person.id)).toEqual({
			id: person.id,
			name: person.name,
			messages: 0,
			followers: 0,
			following: 0,
			is_followed: false
		});
		const row = await queryRow<{ row: string }>(SQL`SELECT users::text AS row FROM users WHERE id = ${person.id}`);
		expect(row?.row).toContain('$argon2id$');
		expect(row?.row).not.toContain(PASSWORD);
	});
});

test('a person who is removed leaves no rows, and the others counted right', async () => {
	const [alice, bob, charlie] = await createCrowd(3);
	if (!alice || !bob || !charlie) throw new Error('Three people were asked for');
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
