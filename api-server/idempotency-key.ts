import { hash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

/*
 * The header Idempotency-Key of draft-ietf-httpapi-idempotency-key-header: a structured-field string (RFC 9651). Many
 * clients send the key without quotation marks, which is accepted too.
 */

/** Printable ASCII in quotation marks, these and backslashes escaped; or bare, without what separates header values. */
const FORM = '^(?:"(?:[ !#-\\[\\]-~]|\\\\["\\\\]){1,128}"|[!#-+\\--:<-\\[\\]-~]{1,128})$';

/** The error message for a malformed key. */
export const MALFORMED_KEY = 'Idempotency-Key: a string of 1 to 128 printable ASCII characters, such as "4c2f-1"';

/** The error message for a key that was used with another body. */
export const USED_KEY = 'This Idempotency-Key was already used with another body';

/** The headers of a write. `kept` says how long its key is kept. */
export function writeHeaders(kept: string) {
	return {
		type: 'object',
		properties: {
			'Idempotency-Key': {
				type: 'string',
				pattern: FORM,
				description:
					'Makes retries safe, as in draft-ietf-httpapi-idempotency-key-header: up to 128 characters that the client ' +
					'chooses for one request, in quotation marks or bare, which is the same key. A repeated or concurrent ' +
					'request with the same key and body gets the same answer, and only one of them has an effect; with another ' +
					'body it gets 422. A key belongs to the user in the path and to this operation, whoever sends it. A refused ' +
					`request (4xx) does not use its key. ${kept}`
			}
		}
	};
}

/**
 * Returns a UUID for the key of a request whose headers match `writeHeaders`, or null without one. It is a UUIDv8 of the
 * key's SHA-256, as in RFC 9562, appendix B.2: never one of the random UUIDs that browsers choose.
 */
export function findIdempotencyKey({ headers }: FastifyRequest): string | null {
	const header = headers['idempotency-key']?.toString();
	if (header === undefined) return null;
	// Escapes stay: two strings are equal if their escaped forms are, and a bare key has none.
	const digest = hash('sha256', header.startsWith('"') ? header.slice(1, -1) : header);
	return digest.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/, '$1-$2-8$3-8$4-$5');
}
