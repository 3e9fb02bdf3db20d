import { hash } from 'node:crypto';
import { MAX_BIO_LENGTH, MAX_DISPLAY_NAME_LENGTH, MAX_LINK_LENGTH, MAX_MESSAGE_LENGTH, countCodePoints } from '#lib/limits.ts';
import { isBlank, normalizeText } from '#lib/text/message-text.ts';
import { findHashFault } from '#lib/server/accounts/legacy-passwords.ts';
import { isStorable, resemblesSimulator, validateEmail, validateName } from '#lib/server/accounts/users.ts';
import type { SourceFollow, SourceMessage, SourceUser, Value } from './source.ts';

/** A row that cannot be taken. The message is the reason. */
export class RowError extends Error {}

/** The columns of a staged row in the order in which they are copied. */
export type Columns = (string | null)[];

/** Returns the columns of an account. Its name meets the rules for names that the simulator registers. @throws RowError */
export function checkUser(row: SourceUser): Columns {
	const id = idOf(row.id, 'id');
	const name = textOf(row.name, 'name');
	const email = textOf(row.email, 'e-mail address');
	const fault = validateName(name) ?? validateEmail(email);
	if (fault !== null) throw new RowError(fault);
	if (resemblesSimulator(name)) throw new RowError('the name is reserved for the simulator');
	const password = typeof row.password === 'string' ? row.password : '';
	const passwordFault = findHashFault(password);
	return [
		id,
		keyOf('user', id, name),
		name,
		email,
		passwordFault === null ? password : null,
		passwordFault,
		row.createdAt == null ? null : dateOf(row.createdAt),
		detailOf(row.displayName, MAX_DISPLAY_NAME_LENGTH, 'display name'),
		detailOf(row.bio, MAX_BIO_LENGTH, 'bio'),
		detailOf(row.link, MAX_LINK_LENGTH, 'link')
	];
}

/** Returns the columns of a message. Its client id depends on the row alone, so that it is the same in every import. @throws RowError */
export function checkMessage(row: SourceMessage): Columns {
	const id = idOf(row.id, 'id');
	const authorId = idOf(row.authorId, 'author');
	const text = normalizeText(textOf(row.text, 'text'));
	if (isBlank(text)) throw new RowError('the text is empty');
	const length = text.length > MAX_MESSAGE_LENGTH ? countCodePoints(text) : text.length;
	if (length > MAX_MESSAGE_LENGTH) throw new RowError(`the text has more than ${MAX_MESSAGE_LENGTH} characters`);
	const postedAt = dateOf(row.postedAt);
	const clientId = row.clientId == null ? keyOf('message', id, authorId, postedAt, text) : textOf(row.clientId, 'client id');
	return [id, authorId, text, postedAt, isShown(row.flagged) ? 'f' : 't', clientId];
}

/** Returns the columns of a follow. @throws RowError */
export function checkFollow(row: SourceFollow): Columns {
	return [
		idOf(row.followerId, 'follower'),
		idOf(row.followeeId, 'followee'),
		row.followedAt == null ? null : dateOf(row.followedAt)
	];
}

/** Returns a UUID that only the same parts have. */
function keyOf(...parts: string[]): string {
	return hash('sha256', parts.join('\0')).slice(0, 32);
}

function textOf(value: Value, what: string): string {
	if (value == null) throw new RowError(`the ${what} is missing`);
	if (typeof value !== 'string') throw new RowError(`the ${what} is not valid UTF-8`);
	if (!isStorable(value)) throw new RowError(`the ${what} contains NUL or invalid Unicode characters`);
	return value;
}

/** A PostgreSQL bigint has up to 18 digits and some of 19. Ids may be negative. */
function idOf(value: Value, what: string): string {
	const text = textOf(value, what);
	if (!/^-?\d{1,18}$/.test(text)) throw new RowError(`the ${what} is not a whole number`);
	return String(BigInt(text));
}

const SECONDS = /^\d{1,12}(?:\.\d{1,9})?$/;
/** As SQL databases write a date. Without an offset it is UTC. */
const ISO_DATE = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d:\d\d(?:\.\d{1,9})?))?(Z|[+-]\d\d(?::?\d\d)?)?$/;
const MAX_SECONDS = 253_402_300_799; // the end of the year 9999

/** Returns a date as PostgreSQL reads it. */
function dateOf(value: Value): string {
	const text = textOf(value, 'date');
	const seconds = SECONDS.test(text) ? Number(text) : Number.NaN;
	if (seconds <= MAX_SECONDS) return new Date(seconds * 1_000).toISOString();
	const [, day, time = '00:00:00', offset = 'Z'] = ISO_DATE.exec(text) ?? [];
	if (day === undefined || Number.isNaN(Date.parse(`${day}T${time}Z`))) {
		throw new RowError('the date is malformed');
	}
	return `${day}T${time}${offset}`;
}

/** The older systems show a message only if this is 0, so NULL hides it. */
function isShown(flagged: Value): boolean {
	return flagged === undefined || flagged === '0' || flagged === 'false' || flagged === 'f' || flagged === '';
}

/** Returns what a profile says, or null for nothing. */
function detailOf(value: Value, limit: number, what: string): string | null {
	if (value == null || value === '') return null;
	const text = textOf(value, what);
	if (countCodePoints(text) > limit) throw new RowError(`the ${what} has more than ${limit} characters`);
	return text;
}
