import { createHash, createHmac, pbkdf2Sync, scryptSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { BusyError, hashPassword, verifyPassword } from '#lib/server/accounts/passwords.ts';

const PASSWORD = 'pä$$word 🐦';
const SALT = 'Zx9 salt';

const hex = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('hex');
const pbkdf2 = (digest: string, rounds: number, length: number) => pbkdf2Sync(PASSWORD, SALT, rounds, length, digest);

/** Hashes in the formats of werkzeug.security and django.contrib.auth.hashers. */
const LEGACY = {
	'werkzeug pbkdf2': `pbkdf2:sha256:1200$${SALT}$${pbkdf2('sha256', 1200, 32).toString('hex')}`,
	'werkzeug pbkdf2 sha1': `pbkdf2:sha1:1000$${SALT}$${pbkdf2('sha1', 1000, 20).toString('hex')}`,
	'werkzeug pbkdf2 sha512': `pbkdf2:sha512:1000$${SALT}$${pbkdf2('sha512', 1000, 64).toString('hex')}`,
	'werkzeug scrypt': `scrypt:1024:8:1$${SALT}$${scryptSync(PASSWORD, SALT, 64, { N: 1024, r: 8, p: 1 }).toString('hex')}`,
	'werkzeug sha1': `sha1$${SALT}$${createHmac('sha1', SALT).update(PASSWORD).digest('hex')}`,
	'werkzeug md5': `md5$${SALT}$${createHmac('md5', SALT).update(PASSWORD).digest('hex')}`,
	'django pbkdf2': `pbkdf2_sha256$1200$${SALT}$${pbkdf2('sha256', 1200, 32).toString('base64')}`,
	'django pbkdf2 sha1': `pbkdf2_sha1$1000$${SALT}$${pbkdf2('sha1', 1000, 20).toString('base64')}`,
	'django scrypt': `scrypt$1024$${SALT}$8$5$${scryptSync(PASSWORD, SALT, 64, { N: 1024, r: 8, p: 5 }).toString('base64')}`,
	'django sha1': `sha1$${SALT}$${hex('sha1', SALT + PASSWORD)}`,
	'django md5': `md5$${SALT}$${hex('md5', SALT + PASSWORD)}`,
	'django unsalted sha1': `sha1$$${hex('sha1', PASSWORD)}`,
	'django unsalted md5': `md5$$${hex('md5', PASSWORD)}`,
	'bare md5': hex('md5', PASSWORD)
};

describe('a new hash', () => {
	test('is Argon2id with 19 MiB, two passes, one lane and its own salt', async () => {
		const hashes = await Promise.all([hashPassword(PASSWORD), hashPassword(PASSWORD)]);
		for (const hash of hashes) expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
		expect(hashes[0]).not.toBe(hashes[1]);
	});

	test('matches only its password', async () => {
		const hash = await hashPassword(PASSWORD);
		expect(await verifyPassword(hash, PASSWORD)).toEqual({ valid: true, outdated: false });
		for (const wrong of ['', `${PASSWORD} `, PASSWORD.toUpperCase(), 'NUL \0 in it', '\ud800']) {
			expect(await verifyPassword(hash, wrong)).toEqual({ valid: false, outdated: false });
		}
	});

	test('accepts any password, including one of 64 KiB or with a NUL', async () => {
		for (const password of ['x'.repeat(65_536), '\0', 'a\0b']) {
			expect(await verifyPassword(await hashPassword(password), password)).toMatchObject({ valid: true });
		}
		expect(await verifyPassword(await hashPassword('a\0b'), 'a')).toMatchObject({ valid: false });
	});
});

describe('an older hash', () => {
	test.each(Object.entries(LEGACY))('of %s is verified and marked as outdated', async (_kind, hash) => {
		expect(await verifyPassword(hash, PASSWORD)).toEqual({ valid: true, outdated: true });
		expect(await verifyPassword(hash, 'wrong')).toMatchObject({ valid: false });
	});

	test('of Argon2 with weaker parameters is marked as outdated', async () => {
		const { hash } = await import('@node-rs/argon2');
		const weaker = await hash(PASSWORD, { algorithm: 2, memoryCost: 1024, timeCost: 1, parallelism: 1 });
		expect(await verifyPassword(weaker, PASSWORD)).toEqual({ valid: true, outdated: true });
	});

	test.each([
		'',
		'!',
		'$',
		'$$$',
		'$argon2id$broken',
		'plain$$pä$$word 🐦',
		'md5$',
		'sha1$salt$',
		'pbkdf2:sha256:0$salt$00',
		'pbkdf2:sha256:1.5$salt$00',
		'pbkdf2:sha256:99999999999$salt$00',
		'pbkdf2:md4:1000$salt$00',
		'pbkdf2_sha256$many$salt$AAAA',
		'scrypt:32767:8:1$salt$00',
		'scrypt:-1:8:1$salt$00',
		'scrypt:1048576:64:16$salt$00',
		'scrypt$1.5$salt$8$1$AAAA',
		'scrypt'
	])('that is malformed (%j) matches no password', async (hash) => {
		for (const password of [PASSWORD, '']) expect(await verifyPassword(hash, password)).toMatchObject({ valid: false });
	});
});

test('a missing hash matches no password', async () => {
	expect(await verifyPassword(null, PASSWORD)).toEqual({ valid: false, outdated: false });
});

test('rejects immediately when the queue is full, and accepts again once it is empty', async () => {
	const hash = LEGACY['bare md5'];
	const outcomes = await Promise.allSettled(Array.from({ length: 400 }, () => verifyPassword(hash, PASSWORD)));
	const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
	expect(refused.length).toBeGreaterThan(0);
	for (const { reason } of refused) expect(reason).toBeInstanceOf(BusyError);
	expect(outcomes.length - refused.length).toBeGreaterThan(100);
	expect(await verifyPassword(null, PASSWORD)).toEqual({ valid: false, outdated: false });
});
