/** Limits that the browser, the web server and the API share. */

/** Maximum length of a message in Unicode code points; also a CHECK in sql/migrations. */
export const MAX_MESSAGE_LENGTH = 280;

/** Maximum length of a username in Unicode code points; also a CHECK in sql/migrations. */
export const MAX_USERNAME_LENGTH = 100;

/** Maximum length of an e-mail address in Unicode code points; also a CHECK in sql/migrations. */
export const MAX_EMAIL_LENGTH = 320;

/** Maximum lengths of what people say about themselves, in Unicode code points; also CHECKs in sql/migrations. */
export const MAX_DISPLAY_NAME_LENGTH = 50;
export const MAX_BIO_LENGTH = 160;
export const MAX_LINK_LENGTH = 200;

/** Maximum length of a moderator's reason and of the author's answer, in Unicode code points; also CHECKs in sql/migrations. */
export const MAX_REASON_LENGTH = 280;

/** How long a closed account can be taken back, and how long nobody can register its name, both in days. */
export const CLOSED_DAYS = 7;
export const NAME_HELD_DAYS = 30;

/** Minimum length of a password chosen on the web, in Unicode code points. */
export const MIN_PASSWORD_LENGTH = 8;

/** Maximum size of a password chosen on the web, in bytes of UTF-8. */
export const MAX_PASSWORD_BYTES = 1024;

/** Maximum size of a request body on either server, in bytes. */
export const BODY_LIMIT_BYTES = 64 * 1024;

/** Messages or users per page of the web app. */
export const PAGE_SIZE = 30;

/** New messages of a timeline are counted up to this number; more are shown as `99+`. */
export const MAX_NEW_MESSAGES_COUNTED = 99;

/** The length of a text in Unicode code points, as PostgreSQL's char_length counts. */
export function countCodePoints(text: string): number {
	let count = 0;
	for (const _ of text) count++;
	return count;
}
