import { verify } from '@node-rs/argon2';
import { parseDigestHash } from './legacy-digests.ts';

/*
 * A weak legacy hash can be wrapped without its password: Argon2id is applied to the digest, and what the digest is made
 * of is kept. Format: `wrapped`, the PHC string of Argon2id over the digest in hexadecimal, `$`, and the legacy hash with
 * zeros in place of its digest.
 */

const WRAPPED = /^wrapped(\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43})\$(.+)$/s;

/** Wraps a hash. `harden` is applied to its digest. Resolves to null if the hash is not a weak one. */
export async function wrapHash(
	passwordHash: string,
	harden: (text: string) => Promise<string>
): Promise<string | null> {
	const parsed = parseDigestHash(passwordHash);
	return parsed?.isWeak ? `wrapped${await harden(parsed.digest.toString('hex'))}$${parsed.recipe}` : null;
}

/** Parses a wrapped hash. Returns a function that verifies a password, or null for any other hash. */
export function parseWrapped(passwordHash: string): ((password: string) => Promise<boolean>) | null {
	const [, phc = '', recipe = ''] = WRAPPED.exec(passwordHash) ?? [];
	const parsed = recipe === '' ? null : parseDigestHash(recipe);
	if (!parsed) return null;
	return async (password) => {
		for (const digest of await parsed.derive(password)) {
			if (await verify(phc, digest.toString('hex'))) return true;
		}
		return false;
	};
}
