import type { DumpTokens } from './dump-tokens.ts';

/** Functions may be nested: SQLite writes a text with line breaks as two of them. */
const MAX_DEPTH = 8;

/**
 * Reads a value and moves behind it. Returns its text as bytes in Latin-1, or null for NULL.
 * @throws DumpError
 */
export function readValue(tokens: DumpTokens, depth = 0): string | null {
	const { type, value } = tokens;
	if (depth > MAX_DEPTH || type === 'end') tokens.fail('a value');
	tokens.next();
	if (type === 'text' || type === 'name') return value;
	if (type === 'sign') return value === '-' ? `-${readValue(tokens, depth + 1)}` : tokens.fail('a value');
	if (tokens.type === 'text') return readPrefixed(tokens, value.toLowerCase());
	if (tokens.is('(')) return readCall(tokens, value.toUpperCase(), depth);
	return readWord(tokens, value);
}

const WORDS = new Map([
	['NULL', null],
	['TRUE', '1'],
	['FALSE', '0']
]);

function readWord(tokens: DumpTokens, word: string): string | null {
	const known = WORDS.get(word.toUpperCase());
	if (known !== undefined) return known;
	if (/^0x[0-9a-f]*$/i.test(word)) return bytesOf(word.slice(2));
	if (/^[\d.]+e$/i.test(word) && (tokens.is('+') || tokens.is('-'))) return word + readExponent(tokens);
	return /^[\d.]/.test(word) ? word : tokens.fail(`a value instead of ${JSON.stringify(word.slice(0, 40))}`);
}

function readExponent(tokens: DumpTokens): string {
	const sign = tokens.value;
	tokens.next();
	const digits = tokens.value;
	tokens.next();
	return sign + digits;
}

/** Bytes in hexadecimal, bits, or a text whose prefix names its character set. */
function readPrefixed(tokens: DumpTokens, prefix: string): string {
	const { value } = tokens;
	tokens.next();
	if (prefix === 'x') return bytesOf(value);
	if (prefix === 'b') return /^[01]{1,32}$/.test(value) ? String(Number.parseInt(value, 2)) : tokens.fail('bits');
	return prefix === 'n' || prefix.startsWith('_') ? value : tokens.fail(`a value instead of ${prefix}`);
}

const bytesOf = (hex: string) => Buffer.from(hex, 'hex').toString('latin1');

function readCall(tokens: DumpTokens, name: string, depth: number): string | null {
	const values: (string | null)[] = [];
	do {
		tokens.next();
		values.push(readValue(tokens, depth + 1));
	} while (tokens.is(',') && values.length < MAX_DEPTH);
	// CAST(… AS TEXT)
	while (name === 'CAST' && (tokens.is('AS') || tokens.type === 'word')) tokens.next();
	if (!tokens.is(')')) tokens.fail(')');
	tokens.next();
	return call(tokens, name, values);
}

/** Calls one of the functions that sqlite3 writes into a dump. */
function call(
	tokens: DumpTokens,
	name: string,
	[first = null, second = null, third = null, ...rest]: (string | null)[]
) {
	if (first === null) return null;
	if (name === 'CAST') return first;
	if (name === 'UNISTR') return unistr(first);
	if (name === 'CHAR')
		return [first, second, third, ...rest].map((code) => (code === null ? '' : characterOf(Number(code)))).join('');
	// The bound on what is put in keeps the result in proportion to the dump.
	if (name === 'REPLACE' && second && third !== null && third.length <= second.length)
		return first.replaceAll(second, third);
	return tokens.fail(`a value instead of ${name}`);
}

/** Evaluates the escapes of SQLite's unistr(): \XXXX, \uXXXX, \+XXXXXX, \UXXXXXXXX and \\. */
function unistr(text: string): string {
	return text.replace(
		/\\(?:\\|u?([0-9a-f]{4})|\+([0-9a-f]{6})|U([0-9a-f]{8}))/gi,
		(escape, short?: string, long?: string, longest?: string) =>
			escape === '\\\\' ? '\\' : characterOf(Number.parseInt(short ?? long ?? longest ?? '', 16))
	);
}

/** Returns the bytes of a character; of an impossible one, bytes that are no text. */
function characterOf(code: number): string {
	return code >= 0 && code <= 0x10ffff ? Buffer.from(String.fromCodePoint(code)).toString('latin1') : '\xff';
}
