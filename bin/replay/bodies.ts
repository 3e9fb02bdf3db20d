import {
	CUT_FIELDS,
	EMAIL_FIELD,
	NAME_FIELD,
	OTHER_FIELDS,
	REDACTED,
	isPasswordField
} from '#lib/server/observability/redaction.ts';
import type { LoggedRequest } from './logged-requests.ts';

/** A request body to send. */
export interface Body {
	bytes: Buffer;
	/** The Content-Type; null if the request had none. */
	type: string | null;
}

/** Larger than either server accepts, so that such a body is rejected just like a larger one. */
const MAX_FILLER_BYTES = 1024 * 1024;

/** Statuses for which the secret may have been the reason: wrong, too short, missing. */
const REFUSALS = [400, 401, 403];

const PASSWORD = /^\[redacted(?: (\d+|number|object))?\]$/;

/** Replaces every e-mail address. */
export const REPLAYED_EMAIL = 'replayed@example.org';

/**
 * Resolves to the body of a logged request with substitutes for everything that was not logged, or null if it had none.
 * If the request was rejected, the password may have been the reason, so an empty one is sent, which is rejected
 * everywhere. A body that was not logged is replaced with as many bytes that are neither JSON nor a form.
 */
export async function repeatBody(request: LoggedRequest, password: string): Promise<Body | null> {
	const { body, headers, status } = request;
	const type = headers['content-type'] ?? null;
	if (body === undefined) return null;
	if (typeof body !== 'object' || body === null) return { bytes: fill(String(body), headers), type };
	const secrets: Secrets = {
		password: REFUSALS.includes(status) ? '' : password,
		email: REPLAYED_EMAIL,
		// Unique and unregistered, because failed log-ins are counted by name.
		name: `replayed ${request.id}`
	};
	const fields = restore(body as Record<string, unknown>, secrets);
	if (type?.startsWith('application/x-www-form-urlencoded'))
		return { bytes: Buffer.from(new URLSearchParams(pairsOf(fields)).toString()), type };
	if (type?.startsWith('multipart/form-data')) return encodeMultipart(pairsOf(fields));
	return { bytes: Buffer.from(JSON.stringify(fields)), type };
}

function fill(description: string, headers: LoggedRequest['headers']): Buffer {
	const size = headers['content-length'] ?? /\d+/.exec(description)?.[0] ?? '1';
	return Buffer.alloc(Math.min(Number(size), MAX_FILLER_BYTES), 'x');
}

interface Secrets {
	password: string;
	email: string;
	name: string;
}

/** The logged fields, padded to their original length. */
function restore(body: Record<string, unknown>, secrets: Secrets): Record<string, unknown> {
	const { [OTHER_FIELDS]: _, [CUT_FIELDS]: cut, ...known } = body;
	const lengths = new Map(Object.entries((cut ?? {}) as Record<string, number>));
	return Object.fromEntries(
		Object.entries(known).map(([name, value]) => {
			if (isPasswordField(name)) return [name, revealPassword(value, secrets.password)];
			if (value === REDACTED && name === EMAIL_FIELD) return [name, secrets.email];
			if (value === REDACTED && name === NAME_FIELD) return [name, secrets.name];
			const length = Math.min(lengths.get(name) ?? 0, MAX_FILLER_BYTES);
			return [name, typeof value === 'string' ? value.padEnd(length, 'x') : value];
		})
	);
}

/** Keeps different passwords different. */
function revealPassword(value: unknown, password: string): unknown {
	const placeholder = typeof value === 'string' ? PASSWORD.exec(value) : null;
	if (!placeholder) return value;
	const kind = placeholder[1];
	if (kind === 'number') return 0;
	if (kind === 'object') return {};
	return kind === undefined || password === '' ? password : `${password} ${kind}`;
}

function pairsOf(fields: Record<string, unknown>): [string, string][] {
	return Object.entries(fields).map(([name, value]) => [name, String(value)]);
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
