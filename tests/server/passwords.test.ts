import { describe, expect, test } from 'vitest';
import { findHashFault } from '#lib/server/accounts/legacy-passwords.ts';
import { BusyError, hashPassword, verifyPassword } from '#lib/server/accounts/passwords.ts';
import { wrapHash } from '#lib/server/accounts/wrapped-passwords.ts';
import { LEGACY_HASHES, LEGACY_PASSWORD as PASSWORD } from '../legacy-hashes.ts';

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
	test.each(Object.entries(LEGACY_HASHES))('of %s is verified and marked as outdated', async (_kind, hash) => {
		expect(await verifyPassword(hash, PASSWORD)).toEqual({ valid: true, outdated: true });
		expect(await verifyPassword(hash, 'wrong')).toMatchObject({ valid: false });
		expect(findHashFault(hash)).toBeNull();
	});

	test.each(Object.entries(LEGACY_HASHES))('of %s is wrapped if it is weak', async (kind, hash) => {
		const wrapped = await wrapHash(hash, hashPassword);
		expect(wrapped !== null).toBe(!/scrypt|bcrypt|argon2/.test(kind));
		if (wrapped === null) return;
		expect(wrapped).not.toContain(hash.split('$').at(-1));
		expect(await verifyPassword(wrapped, PASSWORD)).toEqual({ valid: true, outdated: true });
		expect(await verifyPassword(wrapped, 'wrong')).toMatchObject({ valid: false });
		expect(findHashFault(wrapped)).toBeNull();
		expect(await wrapHash(wrapped, hashPassword)).toBeNull();
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
		'scrypt',
		// Each of these would take minutes or all memory.
		`pbkdf2:sha256:9999999$salt$${'00'.repeat(32)}`,
		`pbkdf2:sha256:1000$salt$${'00'.repeat(1_000_000)}`,
		`pbkdf2_sha256$9999999$salt$${'A'.repeat(43)}=`,
		`scrypt:1048576:8:1$salt$${'00'.repeat(64)}`,
		`scrypt$1048576$salt$8$1$${'A'.repeat(86)}==`,
		`bcrypt$$2b$31$${'a'.repeat(53)}`,
		`argon2$argon2id$v=19$m=4000000,t=2,p=8$${'A'.repeat(22)}$${'A'.repeat(22)}`,
		`$argon2id$v=19$m=65536,t=4000,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`,
		`wrapped$argon2id$v=19$m=4000000,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}$md5$$${'0'.repeat(32)}`
	])('that is malformed or too slow (%#) matches no password', async (hash) => {
		expect(findHashFault(hash)).not.toBeNull();
		if (hash.startsWith('$argon2id$v')) return; // checked by the import alone
		for (const password of [PASSWORD, '']) expect(await verifyPassword(hash, password)).toMatchObject({ valid: false });
	});
});

test('a missing hash matches no password', async () => {
	expect(await verifyPassword(null, PASSWORD)).toEqual({ valid: false, outdated: false });
});

test('rejects immediately when the queue is full, and accepts again once it is empty', async () => {
	const hash = LEGACY_HASHES['Django 3.2.25 unsalted md5'];
	const outcomes = await Promise.allSettled(Array.from({ length: 400 }, () => verifyPassword(hash, PASSWORD)));
	const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
	expect(refused.length).toBeGreaterThan(0);
	for (const { reason } of refused) expect(reason).toBeInstanceOf(BusyError);
	expect(outcomes.length - refused.length).toBeGreaterThan(100);
	expect(await verifyPassword(null, PASSWORD)).toEqual({ valid: false, outdated: false });
});
