import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';

/*
 * Checks log lines against the index template as Elasticsearch would: a line with an unknown field or a value of
 * another type goes to the failure store, where nobody looks.
 */

interface Field {
	type?: string;
	value?: string;
	ignore_above?: number;
	properties?: Record<string, Field>;
}

/** Lucene's limit for a value that is indexed as one term. */
const MAX_TERM_BYTES = 32_766;
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

const isText = (value: unknown) => typeof value === 'string';

const ACCEPTS: Record<string, (value: unknown, field: Field) => boolean> = {
	date: (value) => typeof value === 'string' && DATE.test(value) && !Number.isNaN(Date.parse(value)),
	date_nanos: (value) => typeof value === 'string' && DATE.test(value) && !Number.isNaN(Date.parse(value)),
	keyword: (value, { ignore_above }) =>
		typeof value === 'string' && (ignore_above !== undefined || Buffer.byteLength(value) <= MAX_TERM_BYTES),
	constant_keyword: (value, field) => value === field.value,
	wildcard: isText,
	match_only_text: isText,
	ip: (value) => typeof value === 'string' && isIP(value) !== 0 && !value.includes('%'),
	long: (value) => Number.isSafeInteger(value),
	flattened: (value) => typeof value === 'object' && value !== null && Object.values(value).every(isText)
};

export const template = JSON.parse(readFileSync('deployment/logging/index-template.json', 'utf8'));

/** Returns the field of a dotted name, undefined if the template has none. */
export function findField(name: string): Field | undefined {
	return name
		.split('.')
		.reduce<Field | undefined>((field, part) => field?.properties?.[part], template.template.mappings);
}

/** Returns why Elasticsearch would reject a parsed line, one sentence per fault. */
export function findFaults(line: object): string[] {
	return faultsBelow(line, '');
}

function faultsBelow(value: object, prefix: string): string[] {
	return Object.entries(value).flatMap(([key, inner]) => {
		const name = prefix + key;
		const field = findField(name);
		if (!field) return [`${name} is no field of the template`];
		if (inner === null) return [];
		if (field.properties) {
			const isObject = typeof inner === 'object' && !Array.isArray(inner);
			return isObject ? faultsBelow(inner, `${name}.`) : [`${name} has fields, and not the value ${String(inner)}`];
		}
		const accepts = ACCEPTS[field.type ?? ''];
		const values: unknown[] = Array.isArray(inner) ? inner : [inner];
		const isAccepted = accepts !== undefined && values.every((one) => accepts(one, field));
		return isAccepted ? [] : [`${name} is ${field.type}, which ${JSON.stringify(inner)} is not`];
	});
}

/** The only line of a server's log that is not JSON: adapter-node's when it listens. */
const PLAIN_LINE = /^Listening on http:\S+$/;

/** Returns the faults of a whole log, each once and with a line that has it. */
export function findFaultsOfLog(log: string): string[] {
	const faults = new Map<string, string>();
	for (const line of log.split('\n').filter((text) => text !== '' && !PLAIN_LINE.test(text))) {
		for (const fault of faultsOfText(line)) if (!faults.has(fault)) faults.set(fault, `${fault}: ${line}`);
	}
	return [...faults.values()];
}

function faultsOfText(line: string): string[] {
	try {
		return findFaults(JSON.parse(line));
	} catch {
		return ['The line is not JSON'];
	}
}
