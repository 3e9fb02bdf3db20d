import { availableParallelism } from 'node:os';
import { type Algorithm, hash, verify } from '@node-rs/argon2';
import pLimit from 'p-limit';
import { isLegacyHash, verifyLegacyHash } from './legacy-passwords.ts';

/** OWASP's first choice for Argon2id: 19 MiB, two passes, one lane. */
const ARGON2 = { algorithm: 2 as Algorithm.Argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** The start of every hash with the current parameters; any other hash is replaced once its password is known. */
const CURRENT_HASH_PREFIX = `$argon2id$v=19$m=${ARGON2.memoryCost},t=${ARGON2.timeCost},p=${ARGON2.parallelism}$`;

/** Salt and hash are zero: no password has it, and verifying it costs as much as any current hash. */
const DUMMY_HASH = `${CURRENT_HASH_PREFIX}${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** Hashes wait in this queue and leave one core free, so that they never starve other requests. */
const queue = pLimit(Math.max(1, availableParallelism() - 1));

/** With more than this waiting, a person would wait for more than about two seconds. */
const MAX_WAITING = 128;

/** Too many hashes are waiting: try again in a moment. */
export class BusyError extends Error {
	override name = 'BusyError';
}

function enqueue<T>(work: () => Promise<T>): Promise<T> {
	if (queue.pendingCount >= MAX_WAITING) throw new BusyError('Too many passwords wait to be hashed');
	return queue(work);
}

/** Whether somebody waits for a hash, so that work which can be done another time should be. */
export function isHashingBusy(): boolean {
	return queue.pendingCount > 0;
}

/** Hashes off the event loop. Resolves to a PHC string. @throws BusyError */
export async function hashPassword(password: string): Promise<string> {
	return enqueue(() => hash(password, ARGON2));
}

/**
 * Whether the password belongs to the hash, and whether the hash is of an older kind or of other
 * parameters and should be replaced now that the password is at hand. A refused password takes one
 * place in the queue and one Argon2 verification, whether its hash is missing, current or legacy.
 * @throws BusyError
 */
export async function verifyPassword(
	passwordHash: string | null,
	password: string
): Promise<{ valid: boolean; outdated: boolean }> {
	return enqueue(async () => {
		if (passwordHash !== null && isLegacyHash(passwordHash)) {
			const valid = await verifyLegacyHash(passwordHash, password);
			if (!valid) await verifyArgon2(DUMMY_HASH, password);
			return { valid, outdated: true };
		}
		const matches = await verifyArgon2(passwordHash ?? DUMMY_HASH, password);
		return {
			valid: matches && passwordHash !== null,
			outdated: passwordHash !== null && !passwordHash.startsWith(CURRENT_HASH_PREFIX)
		};
	});
}

/** False also for a stored hash that cannot be parsed. */
async function verifyArgon2(passwordHash: string, password: string): Promise<boolean> {
	return verify(passwordHash, password).catch(() => false);
}
