import { describe, expect, test } from 'vitest';
import { type WebRegistration, registerOnWeb } from '#lib/server/registrations.ts';
import { createUser, findProfile } from '#lib/server/users.ts';
import { PASSWORD, createCrowd, createPerson } from '../factories.ts';
import { useDatabase } from '../use-database.ts';

useDatabase({ LIMIT_REGISTRATIONS_PER_ADDRESS: '100/3600' });

const TAKEN = { sentence: 'The username is already taken' };
const INVISIBLE = { sentence: 'The username has characters that nobody can see' };
const ADDRESS = '192.0.2.1';

const register = (overrides: Partial<WebRegistration>, address = ADDRESS) =>
	registerOnWeb(
		{ name: 'somebody', email: 'a@example.org', password: PASSWORD, repeatedPassword: PASSWORD, ...overrides },
		address
	);

describe('a name on the web form', () => {
	test.each(['Bob', 'Zoë', 'علی‌رضا', 'क्‍ष', '👩‍👩‍👧‍👦', '❤️ you', 'a/b', '<script>', '🐦'.repeat(100)])(
		'%j is free, and afterwards taken',
		async (name) => {
			expect(await register({ name })).toBeNull();
			expect(await findProfile(name, null)).toMatchObject({ name, messages: 0 });
			expect(await register({ name })).toEqual(TAKEN);
		}
	);

	test.each([
		['carol', 'CAROL'],
		['ｄａｖｅ', 'dave'],
		['ﬁona', 'fiona'],
		['\u212aim', 'kim'],
		['zoe\u0301', 'zoé'],
		['ЖЕНЯ', 'женя']
	])('%j is taken where there is %j', async (name, existing) => {
		await createUser({ name: existing, email: 'a@example.org', password: PASSWORD });
		expect(await register({ name })).toEqual(TAKEN);
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
		'\u3164'
	])('%j has what nobody can see', async (name) => expect(await register({ name })).toEqual(INVISIBLE));

	test.each(['public', 'Login', 'ｍetrics', 'u', 'simulator', 'Ｓimulator'])(
		'%j is no name for a person',
		async (name) => {
			expect(await register({ name })).toEqual(TAKEN);
		}
	);

	test('and its look-alikes, asked for at once, make one person', async () => {
		const names = ['erin', 'Erin', 'eRIN', 'ｅrin', 'ERIN'];
		const outcomes = await Promise.all(names.map((name) => register({ name })));
		expect(outcomes.filter((outcome) => outcome === null)).toHaveLength(1);
		expect(outcomes.filter((outcome) => outcome !== null)).toEqual([TAKEN, TAKEN, TAKEN, TAKEN]);
	});
});

test('the first fault is told, in the order of the form', async () => {
	const { name } = await createPerson();
	for (const [overrides, sentence] of [
		[{ name: '', email: '', password: '' }, 'You have to enter a username'],
		[{ name, email: 'none', password: '' }, 'You have to enter a valid email address'],
		[{ name, password: '' }, 'You have to enter a password'],
		[
			{ name, password: 'password', repeatedPassword: 'x' },
			'This password is one of the most common ones and easily guessed'
		],
		[{ name, repeatedPassword: 'another' }, 'The two passwords do not match'],
		[{ name }, 'The username is already taken']
	] as const) {
		expect(await register(overrides)).toEqual({ sentence });
	}
});

test('an address registers so many people and then has to wait, others do not', async () => {
	const [taken] = await createCrowd(1);
	const address = '198.51.100.1';
	for (let person = 0; person < 100; person++) {
		// A fault that the form can tell costs nothing.
		expect(await register({ name: '' }, address)).toEqual({ sentence: 'You have to enter a username' });
	}
	expect(await register({ name: taken?.name ?? '' }, address)).toEqual(TAKEN);
	const { spendPoint } = await import('#lib/server/rate-limits.ts');
	for (let point = 0; point < 99; point++) await spendPoint('registrationsPerAddress', address);
	expect(await register({ name: 'too late' }, address)).toEqual({ limited: { retryAfterSeconds: expect.any(Number) } });
	expect(await register({ name: 'too late' }, '198.51.100.2')).toBeNull();
});
