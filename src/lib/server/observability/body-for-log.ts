import { type Fields, redactBody } from './redaction.ts';

const FORM_TYPES = /^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i;
const JSON_TYPE = /^application\/(.+\+)?json\b/i;

/** Statuses of requests that are refused for their origin, host or size, before the body is read. */
const UNREAD_STATUSES = new Set([403, 413, 421]);

/** The log's placeholder for a body that was not read. */
export const UNREAD_BODY = '[not read]';

/**
 * Resolves to a request's body as it may be logged, given the response's status. A body that cannot be parsed
 * is described but never shown, because a secret could be anywhere in it.
 */
export async function readBodyForLog(request: Request, status: number): Promise<unknown> {
	if (UNREAD_STATUSES.has(status)) return UNREAD_BODY;
	const type = request.headers.get('content-type') ?? '';
	try {
		if (FORM_TYPES.test(type)) return redactBody(fieldsOfForm(await request.formData()), isAccepted(status));
		if (JSON_TYPE.test(type)) return describeJson(await request.json(), status);
		return `[${(await request.arrayBuffer()).byteLength} bytes of another type]`;
	} catch {
		return '[not readable]';
	}
}

/** Parsed JSON as it may be logged. Only an object has field names, which are needed to recognize secrets. */
export function describeJson(value: unknown, status: number): unknown {
	const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
	return isObject ? redactBody(fieldsOfObject(value), isAccepted(status)) : '[no JSON object]';
}

function isAccepted(status: number): boolean {
	return status < 400;
}

function fieldsOfObject(object: object): Fields {
	const find = (name: string) => Object.getOwnPropertyDescriptor(object, name)?.value as unknown;
	return { count: Object.keys(object).length, find };
}

/** The first of several fields with the same name, which is the one that the server reads. */
function fieldsOfForm(form: FormData): Fields {
	const find = (name: string) => {
		const value = form.get(name) ?? undefined;
		return value instanceof File ? `[file of ${value.size} bytes]` : value;
	};
	return { count: [...form.keys()].length, find };
}
