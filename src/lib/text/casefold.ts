import { MAX_USERNAME_LENGTH } from '#lib/limits.ts';

/** UTF-16 code units: two for each code point. */
const MAX_NAME_UNITS = 2 * MAX_USERNAME_LENGTH;

/**
 * What is the same for names that differ in nothing but case or look-alike form. A text that is longer than any
 * name stays as it is: to normalize combining marks takes quadratic time.
 */
export function lookOf(name: string): string {
	return name.length > MAX_NAME_UNITS ? name : name.normalize('NFKC').toLowerCase();
}
