import { describe, expect, test } from 'vitest';
import { spendPoint } from '#lib/server/accounts/rate-limits.ts';
import { type EnteredRegistration, type RegistrationField, register } from '#lib/server/accounts/registration.ts';
import { createUser, findProfile } from '#lib/server/accounts/users.ts';
import { PASSWORD, createCrowd, createPerson } from '../factories.ts';
import { useDatabase } from '../use-database.ts';

useDatabase({ LIMIT_REGISTRATIONS_PER_ADDRESS: '100/3600' });

const REGISTERED = { kind: 'registered' };
const invalid = (sentence: string, field: RegistrationField = 'name') => ({ kind: 'invalid', field, sentence });
const TAKEN = invalid('The username is already taken');
const EMPTY = invalid('You have to enter a username');
const INVISIBLE = invalid('The username contains invisible characters');
const ADDRESS = '192.0.2.1';

const enter = (overrides: Partial<EnteredRegistration>, address = ADDRESS) =>
	register({ name: 'somebody', email: 'a@example.org', password: PASSWORD, ...overrides }, { address });

const simulate = (overrides: Partial<EnteredRegistration>) =>
	register({ name: 'somebody', email: 'a@example.org', password: PASSWORD, ...overrides }, 'simulator');

describe('a requested name', () => {
	test.each(['Bob', 'Zoë', 'علی‌رضا', 'क्‍ष', '👩‍👩‍👧‍👦', '❤️ you', 'a/b', '<script>', '🐦'.repeat(100)])(
		'%j is available once',
		async (name) => {
			expect(await enter({ name })).toEqual(REGISTERED);
			expect(await findProfile(name, null)).toMatchObject({ name, messages: 0 });
			expect(await enter({ name })).toEqual(TAKEN);
		}
	);

	test.each([
		['carol', 'CAROL'],
		['ｄａｖｅ', 'dave'],
		['ﬁona', 'fiona'],
		['\u212aim', 'kim'],
		['zoe\u0301', 'zoé'],
		['ЖЕНЯ', 'женя']
	])('%j is taken if %j exists', async (name, existing) => {
		await createUser({ name: existing, email: 'a@example.org', password: PASSWORD });
		expect(await enter({ name })).toEqual(TAKEN);
		expect(await findProfile(name, null)).toBeNull();
	});

	test.each([
		'al\u200dice',
		'alice\ufe0f',
		'\u200dalice',
		'1\u200c2',
		'é\u200d',
		'a\u202eb',
		'a\u00adb',
		'a\tb',
		'Astrid\u200b'
	])('%j has invisible characters', async (name) => expect(await enter({ name })).toEqual(INVISIBLE));

	test.each(['', ' \t\n', '\u3164', '\u200b\u2060', '\u2800'])('%j is empty', async (name) => {
		expect(await enter({ name })).toEqual(EMPTY);
	});

	test('is trimmed, like the e-mail address', async () => {
		expect(await enter({ name: '  grace ', email: ' grace@example.org\t' })).toEqual(REGISTERED);
		expect(await enter({ name: 'grace' })).toEqual(TAKEN);
		expect(await findProfile('grace', null)).not.toBeNull();
	});

	test.each(['\u0410strid', 'Astri\u0501', 'x \u03b1lpha x', 'p\u0430ypal'])(
		'%j is rejected: it mixes alphabets in a word',
		async (name) => {
			expect(await enter({ name })).toEqual(invalid('The username mixes letters of different alphabets in a word'));
		}
	);

	test.each(['\u041c\u0430\u0448\u0430 Smith', '\u043c\u043e\u0441\u043a\u0432\u0430_news', '\u03b1 to \u03c9'])(
		'%j is accepted: its alphabets are in different words',
		async (name) => {
			expect(await enter({ name })).toEqual(REGISTERED);
		}
	);

	test.each(['public', 'Login', 'ｍetrics', 'u', 'simulator', 'Ｓimulator'])('%j is reserved', async (name) => {
		expect(await enter({ name })).toEqual(TAKEN);
	});

	test('and its look-alikes register only once in concurrent requests', async () => {
		const names = ['erin', 'Erin', 'eRIN', 'ｅrin', 'ERIN'];
		const outcomes = await Promise.all(names.map((name) => enter({ name })));
		expect(outcomes.filter(({ kind }) => kind === 'registered')).toHaveLength(1);
		expect(outcomes.filter(({ kind }) => kind !== 'registered')).toEqual([TAKEN, TAKEN, TAKEN, TAKEN]);
	});
});

test('reports the first fault in the order of the form', async () => {
	const { name } = await createPerson();
	for (const [overrides, sentence, field] of [
		[{ name: '', email: '', password: '' }, 'You have to enter a username', 'name'],
		[{ name, email: 'none', password: '' }, 'You have to enter a valid email address', 'email'],
		[{ name, password: '' }, 'You have to enter a password', 'password'],
		[{ name, password: 'password', repeatedPassword: 'x' }, 'That password is too common', 'password'],
		[{ name, repeatedPassword: 'another' }, 'The two passwords do not match', 'repeatedPassword'],
		[{ name }, 'The username is already taken', 'name']
	] as const) {
		expect(await enter(overrides)).toEqual(invalid(sentence, field));
	}
});

test('limits registrations per address', async () => {
	const [taken] = await createCrowd(1);
	const address = '198.51.100.1';
	for (let person = 0; person < 100; person++) {
		// A validation error spends no points.
		expect(await enter({ name: '' }, address)).toEqual(EMPTY);
	}
	expect(await enter({ name: taken?.name ?? '' }, address)).toEqual(TAKEN);
	for (let point = 0; point < 99; point++) await spendPoint('registrationsPerAddress', address);
	expect(await enter({ name: 'too late' }, address)).toEqual({
		kind: 'limited',
		limited: { retryAfterSeconds: expect.any(Number) }
	});
	expect(await enter({ name: 'too late' }, '198.51.100.2')).toEqual(REGISTERED);
});

describe('the simulator', () => {
	test.each([
		['Ingrid\u200b', 'x'],
		['logout', 'logout'],
		['\u202ertl', ' '],
		[' padded ', 'password'],
		['\u0410strid', 'minitwit'],
		['\u3164', 'aaaaaaaa']
	])('registers %j with the password %j, once', async (name, password) => {
		expect(await simulate({ name, password })).toEqual(REGISTERED);
		expect(await simulate({ name, password })).toEqual(TAKEN);
	});

	test.each([
		[{ name: ' ' }, EMPTY],
		[{ name: '..' }, invalid("That username can't be used")],
		[{ email: 'none' }, invalid('You have to enter a valid email address', 'email')],
		[{ password: '' }, invalid('You have to enter a password', 'password')],
		[{ name: 'simulator' }, TAKEN]
	])('cannot register %j', async (overrides, outcome) => {
		expect(await simulate({ name: 'unheard of', ...overrides })).toEqual(outcome);
	});
});
