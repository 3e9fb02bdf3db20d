import { availableParallelism } from 'node:os';
import { type Algorithm, hash, verify } from '@node-rs/argon2';
import pLimit from 'p-limit';
import { isLegacyHash, verifyLegacyHash } from './legacy-passwords.ts';

/** OWASP's recommended Argon2id parameters (Password Storage Cheat Sheet): 19 MiB, two passes, one lane. */
const ARGON2 = { algorithm: 2 as Algorithm.Argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** The prefix of every hash with the current parameters. Any other hash is replaced at the next log-in. */
export const CURRENT_HASH_PREFIX = `$argon2id$v=19$m=${ARGON2.memoryCost},t=${ARGON2.timeCost},p=${ARGON2.parallelism}$`;

/** Salt and hash are zero: no password matches it, and verifying it costs as much as verifying a current hash. */
const DUMMY_HASH = `${CURRENT_HASH_PREFIX}${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** This queue leaves one core free so that hashing never starves other requests. */
const queue = pLimit(Math.max(1, availableParallelism() - 1));

/** A longer queue would make people wait longer than about two seconds. */
const MAX_WAITING = 128;

/** The hash queue is full; the client should retry in a moment. */
export class BusyError extends Error {
	override name = 'BusyError';
}

function enqueue<T>(work: () => Promise<T>): Promise<T> {
	if (queue.pendingCount >= MAX_WAITING) throw new BusyError('Too many passwords are queued for hashing');
	return queue(work);
}

/** Whether hashes are queued, in which case work that can wait should be postponed. */
export function isHashingBusy(): boolean {
	return queue.pendingCount > 0;
}

/**
 * Hashes a password off the event loop. Resolves to a PHC string.
 * @throws BusyError
 */
export async function hashPassword(password: string): Promise<string> {
	return enqueue(() => hash(password, ARGON2));
}

/**
 * Verifies a password against a stored hash. `outdated` means that the hash is a legacy one or has other parameters and
 * should be replaced now that the password is known. A failed verification takes one slot in the queue and one Argon2
 * verification whether the hash is missing, current or legacy, so its time reveals nothing.
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

/** Returns false for a stored hash that cannot be parsed, too. */
async function verifyArgon2(passwordHash: string, password: string): Promise<boolean> {
	return verify(passwordHash, password).catch(() => false);
}
