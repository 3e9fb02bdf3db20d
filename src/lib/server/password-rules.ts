import { dictionary } from '@zxcvbn-ts/language-common';
import { MAX_PASSWORD_BYTES, MIN_PASSWORD_LENGTH, countCodePoints } from '../limits.ts';

const commonPasswords = new Set(dictionary['passwords-common']);

/** What is wrong with a password chosen on the web, as a sentence; null when nothing is. */
export function findPasswordFault(password: string): string | null {
	if (password === '') return 'You have to enter a password';
	if (countCodePoints(password) < MIN_PASSWORD_LENGTH) {
		return `The password must have at least ${MIN_PASSWORD_LENGTH} characters`;
	}
	if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) {
		return `The password must have at most ${MAX_PASSWORD_BYTES} bytes`;
	}
	if (commonPasswords.has(password.toLowerCase())) {
		return 'This password is one of the most common ones and easily guessed';
	}
	return null;
}
