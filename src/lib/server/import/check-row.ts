import { hash } from 'node:crypto';
import {
	MAX_BIO_LENGTH,
	MAX_DISPLAY_NAME_LENGTH,
	MAX_LINK_LENGTH,
	MAX_MESSAGE_LENGTH,
	countCodePoints
} from '#lib/limits.ts';
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
	requireNoFault(row.fault);
	const id = idOf(row.id, 'id');
	const name = textOf(row.name, 'name');
	const email = textOf(row.email, 'e-mail address');
	const fault = validateName(name) ?? validateEmail(email);
	if (fault !== null) throw new RowError(fault);
	if (resemblesSimulator(name)) throw new RowError('the name is reserved for the simulator');
	// Two systems have the same ids, and names change; together with the address, an id means one person.
	const key = keyOf('user', id, email.toLowerCase());
	const password = typeof row.password === 'string' ? row.password : '';
	const passwordFault = findHashFault(password);
	return [
		id,
		key,
		name,
		email,
		passwordFault === null ? password : null,
		passwordFault,
		isMissing(row.createdAt) ? null : dateOf(row.createdAt),
		detailOf(row.displayName, MAX_DISPLAY_NAME_LENGTH, 'display name'),
		detailOf(row.bio, MAX_BIO_LENGTH, 'bio'),
		detailOf(row.link, MAX_LINK_LENGTH, 'link')
	];
}

/** Returns the columns of a message. Its client id depends on the row alone, so that it is the same in every import. @throws RowError */
export function checkMessage(row: SourceMessage): Columns {
	requireNoFault(row.fault);
	const id = idOf(row.id, 'id');
	const authorId = idOf(row.authorId, 'author');
	const text = normalizeText(textOf(row.text, 'text'));
	if (isBlank(text)) throw new RowError('the text is empty');
	const length = text.length > MAX_MESSAGE_LENGTH ? countCodePoints(text) : text.length;
	if (length > MAX_MESSAGE_LENGTH) throw new RowError(`the text has more than ${MAX_MESSAGE_LENGTH} characters`);
	const postedAt = dateOf(row.postedAt);
	const clientId = row.clientId ?? keyOf('message', id, authorId, postedAt, text);
	return [id, authorId, text, postedAt, isShown(row.flagged) ? 'f' : 't', uuidOf(clientId)];
}

/** Returns the columns of a follow. @throws RowError */
export function checkFollow(row: SourceFollow): Columns {
	return [
		idOf(row.followerId, 'follower'),
		idOf(row.followeeId, 'followee'),
		isMissing(row.followedAt) ? null : dateOf(row.followedAt)
	];
}

/** Returns the simulator's number. @throws RowError */
export function checkLatest(value: Value): number {
	const number = Number(idOf(value, 'number'));
	if (!Number.isSafeInteger(number)) throw new RowError('the number is too large');
	return number;
}

function requireNoFault(fault: Value): void {
	if (typeof fault === 'string') throw new RowError(fault);
}

function uuidOf(value: Value): string {
	const text = textOf(value, 'client id');
	if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) throw new RowError('the client id is not a UUID');
	return text;
}

function isMissing(value: Value): value is null | undefined {
	return value === null || value === undefined;
}

/** Returns a UUID that only the same parts have. */
function keyOf(...parts: string[]): string {
	const digits = hash('sha256', parts.join('\0'));
	return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20, 32)}`;
}

function textOf(value: Value, what: string): string {
	if (isMissing(value)) throw new RowError(`the ${what} is missing`);
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
const ISO_DATE = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d:\d\d(?:\.\d{1,9})?))?(?:Z|\+00(?::?00)?)?$/;
const MAX_SECONDS = 253_402_300_799; // the end of the year 9999

/** Returns a date as PostgreSQL reads it, with its microseconds. */
function dateOf(value: Value): string {
	const text = textOf(value, 'date');
	const seconds = SECONDS.test(text) ? Number(text) : Number.NaN;
	if (seconds <= MAX_SECONDS) return new Date(seconds * 1_000).toISOString();
	const [, day = '', time = '00:00:00'] = ISO_DATE.exec(text) ?? [];
	const parsed = new Date(`${day}T${time}Z`);
	// JavaScript takes 30 February for 1 March.
	const isDate = day >= '1970' && !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(day);
	if (!isDate) throw new RowError('the date is malformed, before 1970 or not in UTC');
	return `${day}T${time}Z`;
}

/** As the older systems store 0. MySQL dumps a bit as a byte. */
const UNFLAGGED = new Set<Value>([undefined, '0', 'false', 'f', '', '\0']);

/** The older systems show a message only if this is 0, so NULL hides it. */
function isShown(flagged: Value): boolean {
	return UNFLAGGED.has(flagged);
}

/** Returns what a profile says, or null for nothing. */
function detailOf(value: Value, limit: number, what: string): string | null {
	if (isMissing(value) || value === '') return null;
	const text = textOf(value, what);
	if (countCodePoints(text) > limit) throw new RowError(`the ${what} has more than ${limit} characters`);
	return text;
}
