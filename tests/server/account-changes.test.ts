import { beforeEach, describe, expect, test } from 'vitest';
import { changeEmail, changePassword, closeAccount, findOwnAccount } from '#lib/server/accounts/account-changes.ts';
import { editProfile } from '#lib/server/accounts/edit-profile.ts';
import { logIn } from '#lib/server/accounts/log-in.ts';
import { createResetPath, findResettable } from '#lib/server/accounts/password-reset.ts';
import { createSession, findSignedIn } from '#lib/server/accounts/sessions.ts';
import { findProfile } from '#lib/server/accounts/users.ts';
import { PASSWORD, createPerson } from '../factories.ts';
import { useDatabase } from '../use-database.ts';
import { INVALID, LIMITED, newAddress, newBrowser } from './log-in-attempts.ts';

useDatabase({ LIMIT_CHANGES_PER_ACCOUNT: '5/60' });

const NEW_PASSWORD = 'four other random words';

let person: Awaited<ReturnType<typeof createPerson>>;
let change: Parameters<typeof closeAccount>[0];

beforeEach(async () => {
	person = await createPerson();
	const member = { id: person.id, name: person.name, address: newAddress() };
	change = { member, owner: person.id, password: PASSWORD, device: 'a device' };
});

/** Resolves to the token of a link to a new password, which works. */
async function createToken(): Promise<string> {
	const token = (await createResetPath(person.id)).split('/').at(-1) ?? '';
	expect(await findResettable(token)).not.toBeNull();
	return token;
}

describe('a profile', () => {
	const edit = (display_name: string, bio = '', link = '') => editProfile(change, { display_name, bio, link });
	const shown = async () => {
		const { display_name, bio, link } = (await findProfile(person.name, null)) ?? {};
		return [display_name, bio, link];
	};

	test('is shown as one line in NFC, and the username stays', async () => {
		expect(await shown()).toEqual([null, null, null]);
		expect(await edit(' Ame\u0301lie\r\n\u202eof\t the  tests ', 'Writes\n\n tests.', 'example.org/a b')).toEqual({
			kind: 'done'
		});
		expect(await shown()).toEqual(['Amélie of the tests', 'Writes tests.', 'https://example.org/a%20b']);
		expect(await findProfile(person.name, null)).toMatchObject({ name: person.name });
	});

	test('says nothing where a field is blank', async () => {
		await edit('Amélie', 'Hello', 'https://example.org');
		await edit(' \u200b\n', '\0', '\t');
		expect(await shown()).toEqual([null, null, null]);
	});

	test('has limits, counted in code points after normalizing', async () => {
		expect(await edit('🐦'.repeat(50), 'e\u0301'.repeat(160), `http://example.org/${'x'.repeat(181)}`)).toEqual({
			kind: 'done'
		});
		expect(await edit('🐦'.repeat(51), '🐦'.repeat(161), `http://example.org/${'x'.repeat(182)}`)).toEqual({
			kind: 'invalid',
			sentences: {
				display_name: 'Display name: 50 characters at most',
				bio: 'Bio: 160 characters at most',
				link: 'Link: 200 characters at most'
			}
		});
		expect((await shown())[0]).toBe('🐦'.repeat(50));
	});

	test.each([
		'javascript:alert(1)',
		'data:text/html,x',
		'mailto:a@example.org',
		'ftp://example.org',
		'http://',
		'https://a b.example',
		'localhost',
		'https://user@example.org',
		'https://example.org:x'
	])('refuses %j as a link', async (link) => {
		expect(await edit('', '', link)).toMatchObject({
			kind: 'invalid',
			sentences: { link: expect.stringContaining('web address') }
		});
	});

	test.each([
		['example.org', 'https://example.org/'],
		['HTTP://EXAMPLE.org:8080', 'http://example.org:8080/'],
		['example.org:8080/x', 'https://example.org:8080/x'],
		['https://bücher.example/ä', 'https://xn--bcher-kva.example/%C3%A4']
	])('stores the link %j as %s', async (link, stored) => {
		expect(await edit('', '', link)).toEqual({ kind: 'done' });
		expect((await shown())[2]).toBe(stored);
	});
});

describe('an e-mail address', () => {
	const email = async () => (await findOwnAccount(person.id))?.email;

	test('is changed with the password, and links to a new password that went to the old one end', async () => {
		const token = await createToken();
		expect(await changeEmail(change, ' new@example.org ')).toEqual({ kind: 'done' });
		expect(await email()).toBe('new@example.org');
		expect(await findResettable(token)).toBeNull();
	});

	test('stays without the password, or if the new one is invalid', async () => {
		expect(await changeEmail({ ...change, password: '' }, 'no address')).toEqual({
			kind: 'invalid',
			sentences: {
				email: 'You have to enter a valid email address',
				password: 'You have to enter your password'
			}
		});
		expect(await changeEmail({ ...change, password: 'wrong' }, 'new@example.org')).toEqual({
			kind: 'invalid',
			sentences: { password: "That's not your password" }
		});
		expect(await email()).toBe(person.email);
	});
});

describe('a password', () => {
	const set = (password: string, repeated = password, with_ = change, session = '') =>
		changePassword(with_, { password, repeated }, session);

	test('is changed, and all other sessions and all links to a new password end', async () => {
		const token = await createToken();
		const [here, elsewhere, another] = [
			await createSession(person.id),
			await createSession(person.id),
			await createSession((await createPerson()).id)
		];
		expect(await set(NEW_PASSWORD, NEW_PASSWORD, change, here)).toEqual({ kind: 'done' });
		expect(await logIn(person.name, PASSWORD, newBrowser())).toEqual(INVALID);
		expect(await logIn(person.name, NEW_PASSWORD, newBrowser())).toMatchObject({ user: { id: person.id } });
		expect([await findSignedIn(here), await findSignedIn(elsewhere), await findSignedIn(another)].map(Boolean)).toEqual(
			[true, false, true]
		);
		expect(await findResettable(token)).toBeNull();
	});

	test('obeys the rules of registration', async () => {
		for (const [password, repeated, sentences] of [
			['', '', { new_password: 'You have to enter a password' }],
			['short', 'short', { new_password: 'The password must have at least 8 characters' }],
			[person.email, person.email, { new_password: 'The password cannot be your username or e-mail address' }],
			[NEW_PASSWORD, PASSWORD, { new_password2: 'The two passwords do not match' }]
		] as const)
			expect(await set(password, repeated)).toEqual({ kind: 'invalid', sentences });
		expect(await logIn(person.name, PASSWORD, newBrowser())).toMatchObject({ user: { id: person.id } });
	});

	test('stays without the old one, and its sessions too', async () => {
		const elsewhere = await createSession(person.id);
		expect(await set(NEW_PASSWORD, NEW_PASSWORD, { ...change, password: 'wrong' })).toMatchObject({ kind: 'invalid' });
		expect(await findSignedIn(elsewhere)).not.toBeNull();
		expect(await logIn(person.name, PASSWORD, newBrowser())).toMatchObject({ user: { id: person.id } });
	});
});

test('a form of another account changes nothing', async () => {
	const other = { ...change, owner: person.id + 1 };
	const before = await findOwnAccount(person.id);
	for (const outcome of [
		await editProfile(other, { display_name: 'Someone', bio: '', link: '' }),
		await changeEmail(other, 'new@example.org'),
		await changePassword(other, { password: NEW_PASSWORD, repeated: NEW_PASSWORD }, ''),
		await closeAccount(other)
	])
		expect(outcome).toEqual({ kind: 'wrong-account' });
	expect(await findOwnAccount(person.id)).toEqual(before);
	expect(await logIn(person.name, PASSWORD, newBrowser())).toMatchObject({ isClosed: false });
});

test('changes of all kinds share a limit, and refused input spends nothing of it', async () => {
	const edit = (bio: string) => editProfile(change, { display_name: '', bio, link: '' });
	for (let time = 0; time < 9; time++) expect(await edit('x'.repeat(161))).toMatchObject({ kind: 'invalid' });
	for (let time = 0; time < 5; time++) expect(await edit(`number ${time}`)).toEqual({ kind: 'done' });
	expect(await edit('one more')).toMatchObject({ kind: 'limited', ...LIMITED });
	expect(await closeAccount(change)).toMatchObject({ kind: 'limited' });
	expect(await findProfile(person.name, null)).toMatchObject({ bio: 'number 4' });
});

test('guesses of the password are limited as at the log-in, whatever they are to change', async () => {
	const wrong = { ...change, password: 'wrong', device: null };
	const outcomes = [];
	for (let time = 0; time < 5; time++) outcomes.push(await changeEmail(wrong, 'new@example.org'));
	expect(outcomes.map(({ kind }) => kind)).toEqual(Array(5).fill('invalid'));
	// The limit on changes was reached; at the log-in, the same address has spent half of its guesses.
	const guesses = [];
	for (let time = 0; time < 6; time++)
		guesses.push(await logIn(person.name, 'wrong', { address: change.member.address, device: null }));
	expect(guesses.slice(0, 5)).toEqual(Array(5).fill(INVALID));
	expect(guesses[5]).toEqual(LIMITED);
});
