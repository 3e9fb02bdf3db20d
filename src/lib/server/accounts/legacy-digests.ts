import { createHash, createHmac, pbkdf2, scrypt } from 'node:crypto';
import { promisify } from 'node:util';

/*
 * Hashes that are a digest of the salted password: those of werkzeug.security.generate_password_hash, of
 * django.contrib.auth.hashers, and bare MD5 and SHA-1 in hexadecimal.
 */

/** A parsed hash. */
export interface DigestHash {
	digest: Buffer;
	/** Resolves to the digests that the password may have had: one, or two where two systems write the same format. */
	derive(password: string): Promise<Buffer[]>;
	/** Whether a stolen hash is quickly guessed: only scrypt takes memory. */
	isWeak: boolean;
	/** The same hash with zeros in place of its digest: all that `derive` needs. */
	recipe: string;
}

/** Higher than any of those systems used; it keeps a forged hash from blocking a core. */
const MAX_ROUNDS = 2_000_000;
const MAX_SCRYPT_MEMORY = 256 * 1024 * 1024;

const HEX_LENGTHS = new Map([
	['md5', 32],
	['sha1', 40],
	['sha256', 64],
	['sha512', 128]
]);

const ENCODINGS = { hex: /^(?:[0-9a-f]{2}){16,64}$/i, base64: /^[0-9a-z+/]{22,86}={0,2}$/i };

/** Parses a hash. Returns null if its format is unknown or its parameters make it too slow. */
export function parseDigestHash(text: string): DigestHash | null {
	const [method = '', ...parts] = text.split('$');
	const [scheme = '', ...parameters] = method.split(':');
	if (scheme === 'pbkdf2') return parseWerkzeugPbkdf2(text, parameters, parts);
	if (scheme === 'scrypt')
		return parameters.length > 0 ? parseWerkzeugScrypt(text, parameters, parts) : parseDjangoScrypt(text, parts);
	if (method.startsWith('pbkdf2_')) return parseDjangoPbkdf2(text, method.slice(7), parts);
	if (HEX_LENGTHS.has(method)) return parseSalted(text, method, parts);
	const algorithm = text.length === 32 ? 'md5' : 'sha1';
	return parts.length > 0 ? null : parseSalted(`${algorithm}$$${text}`, algorithm, ['', text]);
}

function parseWerkzeugPbkdf2(text: string, [digest = 'sha256', rounds = '150000']: string[], parts: string[]) {
	const [salt = '', encoded = ''] = parts;
	return pbkdf2Hash(text, { digest, rounds, salt, encoded, encoding: 'hex' });
}

function parseDjangoPbkdf2(text: string, digest: string, [rounds = '', salt = '', encoded = '']: string[]) {
	return pbkdf2Hash(text, { digest, rounds, salt, encoded, encoding: 'base64' });
}

interface Parameters {
	salt: string;
	encoded: string;
	encoding: 'hex' | 'base64';
}

function pbkdf2Hash(text: string, { digest, rounds, salt, ...rest }: Parameters & { digest: string; rounds: string }) {
	const isUsable = /^sha(1|256|512)$/.test(digest) && /^[1-9]\d{0,6}$/.test(rounds) && Number(rounds) <= MAX_ROUNDS;
	if (!isUsable) return null;
	return digestHash(text, rest, true, async (password, length) => [
		await promisify(pbkdf2)(password, salt, Number(rounds), length, digest)
	]);
}

function parseWerkzeugScrypt(text: string, numbers: string[], [salt = '', encoded = '']: string[]) {
	return scryptHash(text, numbers.map(Number), { salt, encoded, encoding: 'hex' });
}

function parseDjangoScrypt(text: string, [N, salt = '', r, p, encoded = '']: string[]) {
	return scryptHash(text, [Number(N), Number(r), Number(p)], { salt, encoded, encoding: 'base64' });
}

function scryptHash(text: string, [N = 0, r = 0, p = 0]: number[], { salt, ...rest }: Parameters) {
	const memory = 128 * N * r * p;
	const isUsable =
		[N, r, p].every((number) => Number.isInteger(number) && number > 0) && Number.isInteger(Math.log2(N));
	if (!isUsable || memory >= MAX_SCRYPT_MEMORY) return null;
	const derive = promisify<string, string, number, object, Buffer>(scrypt);
	return digestHash(text, rest, false, async (password, length) => [
		await derive(password, salt, length, { N, r, p, maxmem: MAX_SCRYPT_MEMORY })
	]);
}

/** Werkzeug uses the salt as an HMAC key, Django prepends it. Both write the same format. */
function parseSalted(text: string, algorithm: string, [salt = '', encoded = '']: string[]) {
	if (encoded.length !== HEX_LENGTHS.get(algorithm)) return null;
	return digestHash(text, { encoded, encoding: 'hex' }, true, async (password) => {
		const prepended = createHash(algorithm)
			.update(salt + password)
			.digest();
		return salt === '' ? [prepended] : [createHmac(algorithm, salt).update(password).digest(), prepended];
	});
}

function digestHash(
	text: string,
	{ encoded, encoding }: Omit<Parameters, 'salt'>,
	isWeak: boolean,
	derive: (password: string, length: number) => Promise<Buffer[]>
): DigestHash | null {
	if (!ENCODINGS[encoding].test(encoded)) return null;
	const digest = Buffer.from(encoded, encoding);
	const recipe = text.slice(0, -encoded.length) + Buffer.alloc(digest.length).toString(encoding);
	return { digest, derive: (password) => derive(password, digest.length), isWeak, recipe };
}
