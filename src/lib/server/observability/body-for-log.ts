import { type Fields, redactBody } from './redaction.ts';

const FORM_TYPES = /^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i;
const JSON_TYPE = /^application\/(.+\+)?json\b/i;

/** Statuses of a request that is refused for where it comes from or leads to, or for its size. */
const UNREAD_STATUSES = new Set([403, 413, 421]);

/** What the log has in place of a body that was not read. */
export const UNREAD_BODY = '[not read]';

/**
 * The body of a request as it may be logged, by what the request was answered. What cannot be parsed is
 * described and never shown, because nobody can tell where in it a secret stands.
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

/** Parsed JSON as it may be logged. Only an object has names, by which a secret is told from the rest. */
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

/** Of several fields with one name the first, which is what the server reads. */
function fieldsOfForm(form: FormData): Fields {
	const find = (name: string) => {
		const value = form.get(name) ?? undefined;
		return value instanceof File ? `[file of ${value.size} bytes]` : value;
	};
	return { count: [...form.keys()].length, find };
}
