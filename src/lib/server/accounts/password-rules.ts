import { MAX_PASSWORD_BYTES, MIN_PASSWORD_LENGTH, countCodePoints } from '#lib/limits.ts';
import { isBlank } from '#lib/text/message-text.ts';
import { casefold } from '#lib/text/casefold.ts';

let commonPasswords: Promise<Set<string>> | undefined;

/** Loads the list when it is first needed: it takes 20 MB and a tenth of a second, and an API seldom uses it. */
async function loadCommonPasswords(): Promise<Set<string>> {
	const { dictionary } = await import('@zxcvbn-ts/language-common');
	return new Set([...dictionary['passwords-common'], 'minitwit']);
}

/** The error message for a missing password. */
export const NO_PASSWORD = 'You have to enter a password';

/** What is wrong with a new password that is entered twice, and in which of the two fields. */
export interface PasswordFault {
	field: 'password' | 'repeatedPassword';
	sentence: string;
}

/**
 * Validates a password chosen by a user. Resolves to an error message, or null for a valid password. `known` lists
 * public facts about the user: the username and the e-mail address.
 */
export async function validatePassword(password: string, known: string[]): Promise<string | null> {
	if (password === '') return NO_PASSWORD;
	if (countCodePoints(password) < MIN_PASSWORD_LENGTH) {
		return `The password must have at least ${MIN_PASSWORD_LENGTH} characters`;
	}
	if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) {
		return `The password must have at most ${MAX_PASSWORD_BYTES} bytes`;
	}
	if (isBlank(password)) return 'The password cannot consist of spaces alone';
	if (new Set(password).size === 1) return 'The password cannot be one character over and over';
	const guess = casefold(password.trim());
	if (known.some((text) => casefold(text) === guess)) return 'The password cannot be your username or e-mail address';
	commonPasswords ??= loadCommonPasswords();
	return (await commonPasswords).has(guess) ? 'That password is too common' : null;
}

/** As `validatePassword`, for a password that is entered twice. */
export async function validateRepeatedPassword(
	password: string,
	repeatedPassword: string,
	known: string[]
): Promise<PasswordFault | null> {
	const sentence = await validatePassword(password, known);
	if (sentence !== null) return { field: 'password', sentence };
	if (password === repeatedPassword) return null;
	return { field: 'repeatedPassword', sentence: 'The two passwords do not match' };
}
