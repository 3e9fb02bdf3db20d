import { createHash, createHmac, pbkdf2, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/*
 * Password hashes of older MiniTwit versions: werkzeug (Flask), Django, and bare MD5. They are verified so that
 * existing users can log in, and are replaced with Argon2id at that point. Formats:
 * werkzeug.security.generate_password_hash and django.contrib.auth.hashers.
 */

/** Higher than any of those systems used; it keeps a forged hash from blocking a core. */
const MAX_ROUNDS = 2_000_000;
const MAX_SCRYPT_MEMORY = 256 * 1024 * 1024;

/** Whether a stored hash is anything but the Argon2 PHC strings that MiniTwit writes. */
export function isLegacyHash(passwordHash: string): boolean {
	return !passwordHash.startsWith('$argon2');
}

/** Whether the password matches a legacy hash. False for an unknown format. */
export async function verifyLegacyHash(passwordHash: string, password: string): Promise<boolean> {
	const [method = '', ...parts] = passwordHash.split('$');
	const [scheme = '', digest = 'sha256', rounds = ''] = method.split(/[:_]/);
	if (method === 'scrypt') return verifyDjangoScrypt(parts, password);
	if (scheme === 'scrypt') return verifyWerkzeugScrypt(method, parts, password);
	if (scheme === 'pbkdf2' && method.includes('_')) return verifyDjangoPbkdf2(digest, parts, password);
	if (scheme === 'pbkdf2') return verifyWerkzeugPbkdf2(digest, rounds, parts, password);
	if (method === 'sha1' || method === 'md5') return verifySalted(method, parts, password);
	return /^[0-9a-f]{32}$/.test(method) && isSame(digestOf('md5', password), method, 'hex');
}

async function verifyWerkzeugPbkdf2(
	digest: string,
	rounds: string,
	[salt = '', expected = '']: string[],
	password: string
) {
	return verifyPbkdf2(digest, Number(rounds || '150000'), salt, expected, 'hex', password);
}

async function verifyDjangoPbkdf2(digest: string, [rounds, salt = '', expected = '']: string[], password: string) {
	return verifyPbkdf2(digest, Number(rounds), salt, expected, 'base64', password);
}

async function verifyPbkdf2(
	digest: string,
	rounds: number,
	salt: string,
	expected: string,
	encoding: BufferEncoding,
	password: string
) {
	const length = Buffer.from(expected, encoding).length;
	if (
		!['sha1', 'sha256', 'sha512'].includes(digest) ||
		!(Number.isInteger(rounds) && rounds > 0 && rounds <= MAX_ROUNDS) ||
		length === 0
	)
		return false;
	return isSame(await promisify(pbkdf2)(password, salt, rounds, length, digest), expected, encoding);
}

async function verifyWerkzeugScrypt(method: string, [salt = '', expected = '']: string[], password: string) {
	const [, N, r, p] = method.split(':').map(Number);
	return verifyScrypt(N, r, p, salt, expected, 'hex', password);
}

async function verifyDjangoScrypt([N, salt = '', r, p, expected = '']: string[], password: string) {
	return verifyScrypt(Number(N), Number(r), Number(p), salt, expected, 'base64', password);
}

async function verifyScrypt(
	N = 0,
	r = 0,
	p = 0,
	salt: string,
	expected: string,
	encoding: BufferEncoding,
	password: string
) {
	const length = Buffer.from(expected, encoding).length;
	const memory = 128 * N * r * p;
	if (!(memory > 0 && memory < MAX_SCRYPT_MEMORY) || length === 0) return false;
	const derive = promisify<string, string, number, object, Buffer>(scrypt);
	try {
		return isSame(await derive(password, salt, length, { N, r, p, maxmem: MAX_SCRYPT_MEMORY }), expected, encoding);
	} catch {
		return false; // N is not a power of two
	}
}

/** Werkzeug uses the salt as an HMAC key, Django prepends it. Both write the same format. */
function verifySalted(algorithm: 'sha1' | 'md5', [salt = '', expected = '']: string[], password: string) {
	const werkzeug = salt === '' ? digestOf(algorithm, password) : createHmac(algorithm, salt).update(password).digest();
	return isSame(werkzeug, expected, 'hex') || isSame(digestOf(algorithm, salt + password), expected, 'hex');
}

function digestOf(algorithm: string, text: string): Buffer {
	return createHash(algorithm).update(text).digest();
}

function isSame(actual: Buffer, expected: string, encoding: BufferEncoding): boolean {
	const bytes = Buffer.from(expected, encoding);
	return bytes.length === actual.length && timingSafeEqual(bytes, actual);
}
