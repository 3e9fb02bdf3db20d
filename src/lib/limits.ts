/** The numbers and names that the page, the web server and the API agree on, each once. */

/** Unicode code points in a message; also a CHECK in sql/migrations. */
export const MAX_MESSAGE_LENGTH = 280;

/** Unicode code points in a name; also a CHECK in sql/migrations. */
export const MAX_USERNAME_LENGTH = 100;

/** Unicode code points in an e-mail address; also a CHECK in sql/migrations. */
export const MAX_EMAIL_LENGTH = 320;

/** Characters that a password chosen on the web has at least. */
export const MIN_PASSWORD_LENGTH = 8;

/** Bytes that a password chosen on the web has at most. */
export const MAX_PASSWORD_BYTES = 1024;

/** Bytes of a request's body that either server takes. */
export const BODY_LIMIT_BYTES = 64 * 1024;

/** Messages or people on one page of the web app. */
export const PAGE_SIZE = 30;

/** New messages of a timeline are counted up to this number; one more is shown as `99+`. */
export const MAX_NEW_MESSAGES_COUNTED = 99;

/** Length of a text as a person counts it and as PostgreSQL's char_length does: in code points. */
export function countCodePoints(text: string): number {
	let count = 0;
	for (const _ of text) count++;
	return count;
}
