/** Stands in for a value that must not be written down. */
export const REDACTED = '[redacted]';

/** Deeper than any body of ours. A hostile one goes so deep that walking through it, or formatting it, ends the stack. */
const MAX_DEPTH = 8;
const TOO_DEEP = '[too deep]';

const SECRET_NAME = /pass|pwd|secret|token|authorization|cookie|session|credential|api[-_]?key/i;

/** Whether what stands under a name is a secret. */
export function isSecretName(name: string): boolean {
	return SECRET_NAME.test(name);
}

/** Headers that a request can be reproduced from and that hold no secret. Each is a field of the log's mapping. */
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

/** Headers that hold a secret: that they were there is logged, what they said is not. */
export const SECRET_HEADERS = ['authorization', 'cookie'];

/**
 * A copy of a parsed body in which every value under a secret's name is replaced, at any depth. What
 * the answer depends on stays: its type, whether it was empty, and which of them were the same.
 */
export function redactBody(value: unknown): unknown {
	return redactBelow(value, 0, []);
}

/** `secrets` are the different ones that were seen so far. */
function redactBelow(value: unknown, depth: number, secrets: string[]): unknown {
	if (typeof value !== 'object' || value === null) return value;
	if (depth === MAX_DEPTH) return TOO_DEEP;
	if (Array.isArray(value)) return value.map((inner) => redactBelow(inner, depth + 1, secrets));
	return Object.fromEntries(
		Object.entries(value).map(([name, inner]) => [
			name,
			isSecretName(name) ? redactSecret(inner, secrets) : redactBelow(inner, depth + 1, secrets)
		])
	);
}

function redactSecret(value: unknown, secrets: string[]): unknown {
	if (value === '' || value === null || typeof value === 'boolean') return value;
	// Of a list in a list only that it was there: a hostile one has no end.
	if (Array.isArray(value)) return value.map((inner) => redactSecret(Array.isArray(inner) ? {} : inner, secrets));
	if (typeof value !== 'string') return `[redacted ${typeof value}]`;
	if (!secrets.includes(value)) secrets.push(value);
	const number = secrets.indexOf(value) + 1;
	return number === 1 ? REDACTED : `[redacted ${number}]`;
}

/** A query string without its question mark, in which every value under a secret's name is replaced. */
export function redactQuery(search: string): string {
	const parameters = new URLSearchParams(search);
	if (![...parameters.keys()].some(isSecretName)) return search.replace(/^\?/, '');
	for (const name of new Set(parameters.keys())) if (isSecretName(name)) parameters.set(name, REDACTED);
	return parameters.toString();
}

/** The headers worth keeping, with the secret ones replaced. */
export function redactHeaders(find: (name: string) => string | null | undefined): Record<string, string> {
	const headers: Record<string, string> = {};
	for (const name of SIGNIFICANT_HEADERS) {
		const value = find(name);
		if (value) headers[name] = value;
	}
	for (const name of SECRET_HEADERS) if (find(name)) headers[name] = REDACTED;
	return headers;
}
