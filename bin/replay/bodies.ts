import { isSecretName } from '#lib/server/redaction.ts';
import type { LoggedRequest } from './logged-requests.ts';

/** A body as it is sent. */
export interface Body {
	bytes: Buffer;
	/** Null where the request had none. */
	type: string | null;
}

/** More than either door takes, so that a body of this size is refused as a larger one was. */
const MAX_FILLER_BYTES = 1024 * 1024;

/** Statuses that may have been about the secret: wrong, too short, missing. */
const REFUSALS = [400, 401, 403];

const PLACEHOLDER = /^\[redacted(?: (\d+|number|object))?\]$/;

/**
 * The body of a logged request with a password in place of every secret; null when it had none. Where
 * the request was refused nobody can tell whether the secret was why, so an empty one is sent, which is
 * refused everywhere. Of a body that was not logged, as many bytes are sent, which are no JSON and no form.
 */
export async function repeatBody(request: LoggedRequest, password: string): Promise<Body | null> {
	const { body, headers, status } = request;
	const type = headers['content-type'] ?? null;
	if (body === undefined) return null;
	if (typeof body !== 'object' || body === null) return { bytes: fill(String(body), headers), type };
	const fields = withSecrets(body, REFUSALS.includes(status) ? '' : password) as Record<string, unknown>;
	if (type?.startsWith('application/x-www-form-urlencoded'))
		return { bytes: Buffer.from(new URLSearchParams(pairsOf(fields)).toString()), type };
	if (type?.startsWith('multipart/form-data')) return encodeMultipart(pairsOf(fields));
	return { bytes: Buffer.from(JSON.stringify(fields)), type };
}

function fill(description: string, headers: LoggedRequest['headers']): Buffer {
	const size = headers['content-length'] ?? /\d+/.exec(description)?.[0] ?? '1';
	return Buffer.alloc(Math.min(Number(size), MAX_FILLER_BYTES), 'x');
}

/** A copy with every placeholder under a secret's name replaced; different secrets stay different. */
function withSecrets(value: unknown, password: string): unknown {
	if (typeof value !== 'object' || value === null) return value;
	if (Array.isArray(value)) return value.map((inner) => withSecrets(inner, password));
	return Object.fromEntries(
		Object.entries(value).map(([name, inner]) => [
			name,
			isSecretName(name) ? revealSecret(inner, password) : withSecrets(inner, password)
		])
	);
}

function revealSecret(value: unknown, password: string): unknown {
	if (Array.isArray(value)) return value.map((inner) => revealSecret(inner, password));
	const placeholder = typeof value === 'string' ? PLACEHOLDER.exec(value) : null;
	if (!placeholder) return value;
	const kind = placeholder[1];
	if (kind === 'number') return 0;
	if (kind === 'object') return {};
	return kind === undefined || password === '' ? password : `${password} ${kind}`;
}

function pairsOf(fields: Record<string, unknown>): [string, string][] {
	return Object.entries(fields).flatMap(([name, value]) =>
		[value].flat().map((one): [string, string] => [name, String(one)])
	);
}

async function encodeMultipart(pairs: [string, string][]): Promise<Body> {
	const form = new FormData();
	for (const [name, value] of pairs) {
		const file = /^\[file of (\d+) bytes\]$/.exec(value);
		form.append(name, file ? new Blob([Buffer.alloc(Math.min(Number(file[1]), MAX_FILLER_BYTES))]) : value);
	}
	const encoded = new Response(form);
	return { bytes: Buffer.from(await encoded.arrayBuffer()), type: encoded.headers.get('content-type') };
}
