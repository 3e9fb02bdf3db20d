/*
 * What the log may hold of a request. These are lists of what may be shown: a field, parameter or header
 * that is in none of them is left out. Each function takes time in proportion to its input.
 */

/** Stands in for a value that must not be written down. */
export const REDACTED = '[redacted]';

/** Fields of forms and JSON bodies that are public, or say nothing about a person. */
const SHOWN_FIELDS = [
	'content',
	'everywhere',
	'follow',
	'id',
	'kind',
	'name',
	'owner',
	'owner_name',
	'text',
	'unfollow'
] as const;

/** Shown once the server has accepted it: what it refuses may be a password in the wrong field. */
export const NAME_FIELD = 'username';
export const EMAIL_FIELD = 'email';
const PASSWORD_FIELDS = ['password', 'password2', 'pwd'];

/** Every field that a form or a JSON body of ours has. */
export const KNOWN_FIELDS: readonly string[] = [...SHOWN_FIELDS, NAME_FIELD, EMAIL_FIELD, ...PASSWORD_FIELDS];

/** In a logged body: how many fields it leaves out, and the whole length of each value that it cuts. */
export const OTHER_FIELDS = '[other fields]';
export const CUT_FIELDS = '[cut]';

/** UTF-16 code units of a value; the longest message has 560. */
const MAX_VALUE_LENGTH = 600;
/** Bytes of all values of a body together, as JSON. */
const MAX_BODY_BYTES = 4096;

/** Query parameters. The text that another app shares is none of them: nobody has posted it yet. */
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

/** Headers that a request can be repeated from. Each is a field of the log's mapping. */
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

/** Headers of which the log says only that they were there. */
export const SECRET_HEADERS = ['authorization', 'cookie'];

const MAX_HEADER_LENGTH = 1024;

/** Whether what stands under a field's name is a password. */
export function isPasswordField(name: string): boolean {
	return PASSWORD_FIELDS.includes(name);
}

/** A parsed body, whose fields are asked for by name because a client may send any number of them. */
export interface Fields {
	count: number;
	/** Undefined where there is no such field. */
	find(name: string): unknown;
}

/**
 * A body as it may be logged, in at most 4 KiB. Of a secret it keeps the type, whether it was empty, and
 * whether it was the same as another. `isAccepted` says that the request was not refused.
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
		else if (name === EMAIL_FIELD || (name === NAME_FIELD && !isAccepted)) body[name] = hide(value);
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

/** Equal ones of `secrets`, which are those seen so far, get the same number. */
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

/** A query string without its question mark. `[redacted]` stands for all parameters that are not shown. */
export function redactQuery(search: string): string {
	const parts = search.replace(/^\?/, '').split('&');
	const shown = parts.filter((part) => part === '' || SHOWN_PARAMETERS.has(nameOf(part)));
	return shown.length === parts.length ? parts.join('&') : [...shown, REDACTED].join('&');
}

function nameOf(part: string): string {
	const [name = ''] = new URLSearchParams(part).keys();
	return name;
}

/** The headers worth keeping, with the secret ones replaced. */
export function redactHeaders(find: (name: string) => string | null | undefined): Record<string, string> {
	const headers: Record<string, string> = {};
	for (const name of SIGNIFICANT_HEADERS) {
		const value = find(name);
		if (value) headers[name] = value.slice(0, MAX_HEADER_LENGTH);
	}
	for (const name of SECRET_HEADERS) if (find(name)) headers[name] = REDACTED;
	return headers;
}
