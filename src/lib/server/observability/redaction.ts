/*
 * What may be logged of a request. The lists are allowlists: a field, parameter or header on none of them is
 * omitted. Each function runs in linear time.
 */

/** Replaces a value that must not be logged. */
export const REDACTED = '[redacted]';

/** Fields of forms and JSON bodies that are public or not personal. */
const SHOWN_FIELDS = [
	'action',
	'bio',
	'category',
	'content',
	'display_name',
	'everywhere',
	'follow',
	'id',
	'kind',
	'link',
	'message',
	'name',
	'owner',
	'owner_name',
	'session',
	'text',
	'unfollow'
] as const;

/** Logged only if the request was accepted: a rejected username may be a password in the wrong field. */
export const NAME_FIELD = 'username';
export const EMAIL_FIELD = 'email';
/** The code of an invitation, and what people say about a message to few others. */
const HIDDEN_FIELDS = ['answer', 'comment', 'invite', 'reason'];
const PASSWORD_FIELDS = ['password', 'password2', 'new_password', 'new_password2', 'pwd'];

/** All fields of MiniTwit's forms and JSON bodies. */
export const KNOWN_FIELDS: readonly string[] = [
	...SHOWN_FIELDS,
	NAME_FIELD,
	EMAIL_FIELD,
	...HIDDEN_FIELDS,
	...PASSWORD_FIELDS
];

/** Keys added to a logged body: the number of omitted fields, and the full length of each truncated value. */
export const OTHER_FIELDS = '[other fields]';
export const CUT_FIELDS = '[cut]';

/** Maximum length of a value in UTF-16 code units. The longest message has 560. */
const MAX_VALUE_LENGTH = 600;
/** Maximum total size of a body's values, in bytes of JSON. */
const MAX_BODY_BYTES = 4096;

/** Logged query parameters. The text of the share target is missing, because it has not been posted. */
const SHOWN_PARAMETERS = new Set([
	'after',
	'before',
	'latest',
	'name',
	'no',
	'timeline',
	'x-sveltekit-invalidated',
	'x-sveltekit-trailing-slash'
]);

/** Headers needed to replay a request. Each is a field of the log's index template. */
export const SIGNIFICANT_HEADERS = [
	'accept',
	'accept-encoding',
	'accept-language',
	'connection',
	'content-length',
	'content-type',
	'origin',
	'sec-fetch-site',
	'user-agent',
	'x-forwarded-for',
	'x-sveltekit-action'
];

/** Headers whose presence is logged but not their value. */
export const SECRET_HEADERS = ['authorization', 'cookie'];

const MAX_HEADER_LENGTH = 1024;

/** Whether a field contains a password. */
export function isPasswordField(name: string): boolean {
	return PASSWORD_FIELDS.includes(name);
}

/** A parsed body. Fields are looked up by name because a client may send any number of them. */
export interface Fields {
	count: number;
	/** Undefined for a missing field. */
	find(name: string): unknown;
}

/**
 * Returns a body as it may be logged, in at most 4 KiB. For a secret it keeps the type, whether it was empty,
 * and whether it equals another secret. `isAccepted` means that the request was not rejected.
 */
export function redactBody({ count, find }: Fields, isAccepted: boolean): Record<string, unknown> {
	const body: Record<string, unknown> = {};
	const cut: Record<string, number> = {};
	const passwords = new Map<string, number>();
	let bytesLeft = MAX_BODY_BYTES;
	let known = 0;
	for (const name of KNOWN_FIELDS) {
		const value = find(name);
		if (value === undefined) continue;
		known++;
		if (isPasswordField(name)) body[name] = hide(value, passwords);
		else if (name === EMAIL_FIELD || HIDDEN_FIELDS.includes(name) || (name === NAME_FIELD && !isAccepted))
			body[name] = hide(value);
		else {
			const shown = shorten(value, bytesLeft);
			bytesLeft -= sizeOf(shown);
			body[name] = shown;
			if (typeof value === 'string' && shown !== value) cut[name] = value.length;
		}
	}
	if (count > known) body[OTHER_FIELDS] = count - known;
	if (Object.keys(cut).length > 0) body[CUT_FIELDS] = cut;
	return body;
}

/** Equal secrets get the same number; `secrets` holds those seen so far. */
function hide(value: unknown, secrets = new Map<string, number>()): unknown {
	if (value === '' || value === null || typeof value === 'boolean') return value;
	if (typeof value !== 'string') return `[redacted ${typeof value}]`;
	const number = secrets.get(value) ?? secrets.size + 1;
	secrets.set(value, number);
	return number === 1 ? REDACTED : `[redacted ${number}]`;
}

function shorten(value: unknown, bytesLeft: number): unknown {
	if (Array.isArray(value)) return [];
	if (typeof value === 'object' && value !== null) return {};
	if (typeof value !== 'string') return value;
	const shortened = value.slice(0, MAX_VALUE_LENGTH);
	return sizeOf(shortened) <= bytesLeft ? shortened : '';
}

const sizeOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

/** The path of a link to a new password, with its token, however it is encoded. */
const RESET_PATH = /^\/+reset\/+[^/]/i;

/** Returns the path of a request as it may be logged. */
export function redactPath(path: string): string {
	const decoded = path.replace(/%[\da-f]{2}/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
	return RESET_PATH.test(decoded) ? `/reset/${REDACTED}` : path;
}

/**
 * Returns a query string without its question mark. `[redacted]` stands for all parameters that are not on the list.
 */
export function redactQuery(search: string): string {
	const parts = search.replace(/^\?/, '').split('&');
	const shown = parts.filter((part) => part === '' || SHOWN_PARAMETERS.has(nameOf(part)));
	return shown.length === parts.length ? parts.join('&') : [...shown, REDACTED].join('&');
}

function nameOf(part: string): string {
	const [name = ''] = new URLSearchParams(part).keys();
	return name;
}

/** Returns the headers to log, with the values of secret ones replaced. */
export function redactHeaders(find: (name: string) => string | null | undefined): Record<string, string> {
	const headers: Record<string, string> = {};
	for (const name of SIGNIFICANT_HEADERS) {
		const value = find(name);
		if (value) headers[name] = value.slice(0, MAX_HEADER_LENGTH);
	}
	for (const name of SECRET_HEADERS) if (find(name)) headers[name] = REDACTED;
	return headers;
}
