import { availableParallelism } from 'node:os';
import { type Algorithm, hash, verify } from '@node-rs/argon2';
import pLimit from 'p-limit';
import { isLegacyHash, verifyLegacyHash } from './legacy-passwords.ts';

/** OWASP's first choice for Argon2id: 19 MiB, two passes, one lane. */
const ARGON2 = { algorithm: 2 as Algorithm.Argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** How every hash of today begins; any other is replaced once its password is known. */
const TODAY = `$argon2id$v=19$m=${ARGON2.memoryCost},t=${ARGON2.timeCost},p=${ARGON2.parallelism}$`;

/** Salt and hash are zero: nobody has it, and it takes as long to verify as anybody's. */
const NOBODYS_HASH = `${TODAY}${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** Hashes wait in line here, one core left free, so that sign-ups never starve the rest. */
const inTurn = pLimit(Math.max(1, availableParallelism() - 1));

/** A line longer than this would keep a person waiting for more than some two seconds. */
const MAX_WAITING = 128;

/** Too many hashes are waiting: try again in a moment. */
export class BusyError extends Error {
	override name = 'BusyError';
}

function enqueue<T>(work: () => Promise<T>): Promise<T> {
	if (inTurn.pendingCount >= MAX_WAITING) throw new BusyError('Too many passwords wait to be hashed');
	return inTurn(work);
}

/** Hashes off the event loop. Resolves to a PHC string. @throws BusyError */
export async function hashPassword(password: string): Promise<string> {
	return enqueue(() => hash(password, ARGON2));
}

/**
 * Whether the password belongs to the hash, and whether the hash is of an older kind or of other
 * parameters and should be replaced now that the password is at hand. A missing hash takes as long
 * as a wrong password, and so does a wrong password for an old hash that is checked in no time.
 * @throws BusyError
 */
export async function verifyPassword(
	passwordHash: string | null,
	password: string
): Promise<{ valid: boolean; outdated: boolean }> {
	if (passwordHash !== null && isLegacyHash(passwordHash)) {
		const valid = await enqueue(() => verifyLegacyHash(passwordHash, password));
		if (!valid) await verifyArgon2(NOBODYS_HASH, password);
		return { valid, outdated: true };
	}
	const matches = await verifyArgon2(passwordHash ?? NOBODYS_HASH, password);
	return {
		valid: matches && passwordHash !== null,
		outdated: passwordHash !== null && !passwordHash.startsWith(TODAY)
	};
}

/** False also for a stored hash that is none. */
async function verifyArgon2(passwordHash: string, password: string): Promise<boolean> {
	return enqueue(() => verify(passwordHash, password).catch(() => false));
}
