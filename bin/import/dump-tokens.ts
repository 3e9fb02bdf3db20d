import { MAX_TEXT_BYTES } from './text-bytes.ts';

export type Dialect = 'sqlite' | 'mysql';

/** A dump that cannot be understood. The message says where. */
export class DumpError extends Error {}

/** `name` is a quoted identifier or, with double quotes, possibly a text; `end` is the end of the dump. */
export type TokenType = 'word' | 'name' | 'text' | 'sign' | 'end';

const SPACE = /[\s\0]+/y;
const WORD = /[\w$.\x80-\xff]+/y;
/** What a quoted token consists of, except for its closing quote and the backslash. */
const UNQUOTED: Record<string, RegExp> = { "'": /[^'\\]+/y, '"': /[^"\\]+/y, '`': /[^`\\]+/y, ']': /[^\]\\]+/y };
const QUOTED: Record<string, TokenType> = { "'": 'text', '"': 'name', '`': 'name', '[': 'name' };

/** What MySQL writes after a backslash, other than the character itself. */
const ESCAPED: Record<string, string> = {
	n: '\n',
	r: '\r',
	t: '\t',
	b: '\b',
	'0': '\0',
	Z: '\x1a',
	'%': '\\%',
	_: '\\_'
};

/**
 * Splits a dump into tokens, in time proportional to its length and with memory for one token and one part of the file.
 * The parts are strings in Latin-1: each character is one byte of the file.
 */
export class DumpTokens {
	type: TokenType = 'end';
	/** Without quotes; of a long text only the beginning, one byte longer than what can be taken. */
	value = '';
	/** Whether nothing stands before it on its line. */
	startsLine = false;
	readonly dialect: Dialect;
	readonly #parts: Iterator<string>;
	#part = '';
	#at = 0;
	#before = 0;

	constructor(parts: Iterable<string>, dialect: Dialect) {
		this.#parts = parts[Symbol.iterator]();
		this.dialect = dialect;
	}

	get isAtEnd(): boolean {
		return this.type === 'end';
	}

	/** The number of bytes before the present position. */
	get position(): number {
		return this.#before + this.#at;
	}

	/** Moves to the next token. */
	next(): void {
		while (this.#skipSpace() || this.#skipComment());
		const character = this.#peek();
		this.startsLine = this.#at === 0 || this.#part.charAt(this.#at - 1) === '\n';
		this.value = '';
		this.type = character === '' ? 'end' : (QUOTED[character] ?? 'sign');
		if (this.type === 'text' || this.type === 'name') this.#readQuoted(character === '[' ? ']' : character);
		else if (this.#readWord()) this.type = 'word';
		else this.value = this.#take();
	}

	/** Whether the token is this sign or, in any case, this word. */
	is(expected: string): boolean {
		return (this.type === 'sign' || this.type === 'word') && this.value.toUpperCase() === expected;
	}

	/** Says nothing of a text, which may be a password's hash. @throws DumpError */
	fail(expected: string): never {
		const shown = this.type === 'text' || this.type === 'name' ? 'a text' : JSON.stringify(this.value.slice(0, 40));
		const found = this.type === 'end' ? 'the dump ends' : shown;
		throw new DumpError(`Byte ${this.position}: expected ${expected}, but found ${found}.`);
	}

	/** The character at the present position, or '' at the end. `ahead` is at most the length of a part. */
	#peek(ahead = 0): string {
		while (this.#at + ahead >= this.#part.length) {
			const { value, done } = this.#parts.next();
			if (done) return '';
			// The character before stays, which may end a line.
			const kept = Math.min(this.#at, 1);
			this.#before += this.#at - kept;
			this.#part = this.#part.slice(this.#at - kept) + value;
			this.#at = kept;
		}
		return this.#part.charAt(this.#at + ahead);
	}

	#take(): string {
		const character = this.#peek();
		this.#at += character.length;
		return character;
	}

	/** Adds what matches at the present position, up to the longest text that is kept. Returns whether anything did. */
	#readWhile(pattern: RegExp, isKept: boolean): boolean {
		let found = false;
		while (this.#peek() !== '') {
			pattern.lastIndex = this.#at;
			const match = pattern.exec(this.#part)?.[0];
			if (match === undefined) break;
			found = true;
			this.#at += match.length;
			if (isKept) this.#keep(match);
		}
		return found;
	}

	#keep(text: string): void {
		const room = MAX_TEXT_BYTES + 1 - this.value.length;
		if (room > 0) this.value += text.length > room ? text.slice(0, room) : text;
	}

	#skipSpace(): boolean {
		return this.#readWhile(SPACE, false);
	}

	/** A comment that MySQL executes, such as the marks around its settings, is skipped as well. */
	#skipComment(): boolean {
		const [first, second] = [this.#peek(), this.#peek(1)];
		if ((first === '-' && second === '-') || (first === '#' && this.dialect === 'mysql')) {
			this.#readWhile(/[^\n]+/y, false);
			return true;
		}
		if (first !== '/' || second !== '*') return false;
		this.#at += 2;
		do this.#readWhile(/[^*]+/y, false);
		while (this.#take() !== '' && this.#peek() !== '/');
		this.#take();
		return true;
	}

	#readWord(): boolean {
		return this.#readWhile(WORD, true);
	}

	/** Reads up to the closing quote. Two in a row are one. */
	#readQuoted(quote: string): void {
		const start = this.position;
		const escapes = this.dialect === 'mysql' && (quote === "'" || quote === '"');
		this.#take();
		for (;;) {
			this.#readWhile(UNQUOTED[quote] ?? WORD, true);
			const character = this.#take();
			if (character === '') throw new DumpError(`Byte ${start}: the quotation mark is never closed.`);
			if (character === '\\') this.#keep(escapes ? unescaped(this.#take()) : character);
			else if (this.#peek() !== quote) return;
			else this.#keep(this.#take());
		}
	}
}

function unescaped(character: string): string {
	return ESCAPED[character] ?? character;
}
