import { MAX_USERNAME_LENGTH } from '#lib/limits.ts';

/** UTF-16 code units: two for each code point. */
const MAX_NAME_UNITS = 2 * MAX_USERNAME_LENGTH;

/**
 * Returns a key that is equal for texts that differ only in case or compatibility form (NFKC). A text longer than
 * any name is returned unchanged, because normalizing combining marks takes quadratic time.
 */
export function casefold(name: string): string {
	return name.length > MAX_NAME_UNITS ? name : name.normalize('NFKC').toLowerCase();
}
