import { createHash, timingSafeEqual } from 'node:crypto';
import { verify as verifyArgon2 } from '@node-rs/argon2';
import { verify as verifyBcrypt } from '@node-rs/bcrypt';
import { parseDigestHash } from './legacy-digests.ts';
import { parseWrapped } from './wrapped-passwords.ts';

/*
 * Password hashes of older MiniTwit versions: werkzeug (Flask), Django, and bare digests. They are verified so that
 * existing users can log in, and are replaced with Argon2id at that point. Formats:
 * werkzeug.security.generate_password_hash and django.contrib.auth.hashers.
 */

/** Limits on what a hash may cost, far above the systems' own parameters; they keep a forged hash from blocking a core. */
const MAX_BCRYPT_COST = 14;
const MAX_ARGON2 = { memory: 256 * 1024, memoryTimesPasses: 1024 * 1024, lanes: 16 };

const ARGON2 = /^\$argon2(?:id|i|d)\$v=19\$m=(\d{1,7}),t=(\d{1,4}),p=(\d{1,2})\$[\w+/]{11,86}\$[\w+/]{16,86}$/;
/** Django's prefixes, and none, as Flask-Bcrypt writes it. */
const BCRYPT = /^(bcrypt_sha256\$|bcrypt\$|)(\$2[aby]\$(\d\d)\$[./0-9A-Za-z]{53})$/;

type Verify = (password: string) => Promise<boolean>;

/** Whether a stored hash is anything but the Argon2 PHC strings that MiniTwit writes. */
export function isLegacyHash(passwordHash: string): boolean {
	return !passwordHash.startsWith('$argon2');
}

/** Whether the password matches a legacy hash. False for an unknown format. */
export async function verifyLegacyHash(passwordHash: string, password: string): Promise<boolean> {
	return (await findVerifier(passwordHash)?.(password)) ?? false;
}

/** Returns why no password can be verified with a hash from elsewhere, or null if passwords can. */
export function findHashFault(passwordHash: string): string | null {
	if (passwordHash === '' || passwordHash.startsWith('!')) return 'there is no password';
	if (findVerifier(passwordHash)) return null;
	return 'the format of the password is unknown, or its parameters make it too slow';
}

function findVerifier(passwordHash: string): Verify | null {
	return (
		argon2Verifier(passwordHash) ??
		bcryptVerifier(passwordHash) ??
		parseWrapped(passwordHash) ??
		digestVerifier(passwordHash)
	);
}

/** Django writes the PHC string after `argon2`. */
function argon2Verifier(passwordHash: string): Verify | null {
	const phc = passwordHash.replace(/^argon2(?=\$)/, '');
	const [memory = 0, passes = 0, lanes = 0] = ARGON2.exec(phc)?.slice(1).map(Number) ?? [];
	const isUsable =
		Math.min(memory, passes, lanes) > 0 &&
		memory <= MAX_ARGON2.memory &&
		memory * passes <= MAX_ARGON2.memoryTimesPasses &&
		lanes <= MAX_ARGON2.lanes;
	return isUsable ? (password) => verifyArgon2(phc, password).catch(() => false) : null;
}

/** Django's bcrypt_sha256 hashes the password first, because bcrypt uses only 72 bytes. */
function bcryptVerifier(passwordHash: string): Verify | null {
	const [, prefix = '', hash = '', cost] = BCRYPT.exec(passwordHash) ?? [];
	if (cost === undefined || Number(cost) < 4 || Number(cost) > MAX_BCRYPT_COST) return null;
	const prepare = (password: string) =>
		prefix === 'bcrypt_sha256$' ? createHash('sha256').update(password).digest('hex') : password;
	return (password) => verifyBcrypt(prepare(password), hash).catch(() => false);
}

function digestVerifier(passwordHash: string): Verify | null {
	const parsed = parseDigestHash(passwordHash);
	if (!parsed) return null;
	return async (password) => {
		const derived = await parsed.derive(password);
		return derived.some((digest) => timingSafeEqual(digest, parsed.digest));
	};
}
