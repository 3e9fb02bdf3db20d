import { redactBody } from './redaction.ts';

const FORM_TYPES = /^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i;
const JSON_TYPE = /^application\/(.+\+)?json\b/i;

/**
 * The body of a request as it may be logged: parsed, with every secret replaced. What cannot be
 * parsed is described and never shown, because nobody can tell where in it a secret stands.
 */
export async function readBodyForLog(request: Request): Promise<unknown> {
	const type = request.headers.get('content-type') ?? '';
	try {
		if (FORM_TYPES.test(type)) return redactBody(formFields(await request.formData()));
		if (JSON_TYPE.test(type)) return describeJson(await request.json());
		return `[${(await request.arrayBuffer()).byteLength} bytes of another type]`;
	} catch {
		return '[not readable]';
	}
}

/** Only an object has names, by which a secret is told from the rest. */
function describeJson(value: unknown): unknown {
	return typeof value === 'object' && value !== null && !Array.isArray(value) ? redactBody(value) : '[no JSON object]';
}

function formFields(form: FormData): Record<string, string | string[]> {
	const fields: Record<string, string | string[]> = {};
	for (const name of new Set(form.keys())) {
		const values = form
			.getAll(name)
			.map((value) => (typeof value === 'string' ? value : `[file of ${value.size} bytes]`));
		fields[name] = values.length === 1 ? (values[0] ?? '') : values;
	}
	return fields;
}
