import type { Value } from '#lib/server/import/source.ts';
import { CLASSIC_TABLES, type ClassicTable, type Row } from './classic.ts';
import { type Dialect, DumpError, DumpTokens } from './dump-tokens.ts';
import { readValue } from './dump-values.ts';
import { decodeText } from './text-bytes.ts';

const MAX_COLUMNS = 100;

/** What begins an entry of CREATE TABLE that is no column. */
const CONSTRAINTS = new Set(['PRIMARY', 'UNIQUE', 'KEY', 'INDEX', 'FULLTEXT', 'CONSTRAINT', 'FOREIGN', 'CHECK']);

/** What consists of statements that a dump does not execute. */
const ROUTINES = ['TRIGGER', 'PROCEDURE', 'FUNCTION', 'EVENT'];

/**
 * Reads the rows of the classic tables from a dump; other statements are skipped. `parts` are consecutive parts of the
 * dump in Latin-1.
 * @throws DumpError for a dump that cannot be understood, that is cut, or that has none of the tables
 */
export function* readDump(parts: Iterable<string>, dialect: Dialect): Generator<{ table: ClassicTable; row: Row }> {
	const tokens = new DumpTokens(parts, dialect);
	const columnsOf = new Map<string, string[]>(Object.entries(CLASSIC_TABLES));
	let [isOpen, hasTable] = [false, false];
	for (tokens.next(); !tokens.isAtEnd; tokens.next()) {
		if (tokens.is('CREATE')) hasTable = readCreate(tokens, columnsOf) || hasTable;
		else if (tokens.is('INSERT') || tokens.is('REPLACE')) hasTable = (yield* readInsert(tokens, columnsOf)) || hasTable;
		else if (tokens.is('COPY')) tokens.fail('INSERT');
		else if (tokens.is('DELIMITER')) skipBodies(tokens);
		else if (dialect === 'sqlite') isOpen = isInTransaction(tokens, isOpen);
		while (!tokens.is(';') && !tokens.isAtEnd) tokens.next();
	}
	if (isOpen) tokens.fail('COMMIT');
	if (!hasTable) throw new DumpError('It has none of the tables user, message and follower.');
}

/** What procedures and triggers would insert are no rows. mysqldump writes them between two changes of the delimiter. */
function skipBodies(tokens: DumpTokens): void {
	do tokens.next();
	while (!(tokens.is('DELIMITER') && tokens.startsLine) && !tokens.isAtEnd);
	if (tokens.isAtEnd) tokens.fail('DELIMITER');
}

/** sqlite3 writes a dump as one transaction, which ends with ROLLBACK if the file could not be read to its end. */
function isInTransaction(tokens: DumpTokens, before: boolean): boolean {
	if (tokens.is('ROLLBACK')) tokens.fail('COMMIT');
	return tokens.is('BEGIN') || (before && !tokens.is('COMMIT') && !tokens.is('END'));
}

function isClassic(table: string): table is ClassicTable {
	return Object.hasOwn(CLASSIC_TABLES, table);
}

/** Reads the name of a table, without that of its database, and moves behind it. */
function readTableName(tokens: DumpTokens): string {
	let name: string;
	do {
		name = tokens.value;
		tokens.next();
	} while (tokens.type === 'name' || (tokens.type === 'word' && tokens.value.startsWith('.')) || name === '.');
	return name.slice(name.lastIndexOf('.') + 1).toLowerCase();
}

/** INSERT without a list of columns follows the order of CREATE TABLE. Returns whether the table is a classic one. */
function readCreate(tokens: DumpTokens, columnsOf: Map<string, string[]>): boolean {
	do tokens.next();
	while (!isKind(tokens) && !tokens.is(';') && !tokens.isAtEnd);
	if (ROUTINES.some((kind) => tokens.is(kind))) skipRoutine(tokens);
	if (!tokens.is('TABLE')) return false;
	do tokens.next();
	while (tokens.is('IF') || tokens.is('NOT') || tokens.is('EXISTS'));
	const table = readTableName(tokens);
	if (!isClassic(table) || !tokens.is('(')) return false;
	const columns: string[] = [];
	let depth = 1;
	for (tokens.next(); depth > 0 && !tokens.isAtEnd;) {
		const isColumn = tokens.type === 'name' || (tokens.type === 'word' && !CONSTRAINTS.has(tokens.value.toUpperCase()));
		if (isColumn && columns.length < MAX_COLUMNS) columns.push(tokens.value.toLowerCase());
		depth = skipEntry(tokens, depth);
	}
	columnsOf.set(table, columns);
	return true;
}

/** Whether the token says what CREATE makes, after words such as TEMPORARY and DEFINER. */
function isKind(tokens: DumpTokens): boolean {
	return ['TABLE', 'VIEW', 'INDEX', ...ROUTINES].some((kind) => tokens.is(kind));
}

/**
 * What a trigger or a procedure would insert is no row. Its statements end with a semicolon each, and stand between BEGIN
 * and END; those within them end with END IF and the like.
 */
function skipRoutine(tokens: DumpTokens): void {
	while (!tokens.is('BEGIN') && !tokens.is(';') && !tokens.isAtEnd) tokens.next();
	if (!tokens.is('BEGIN')) return;
	let before = ['', ''];
	while (!(before.join('') === ';END' && (tokens.is(';') || tokens.isAtEnd))) {
		if (tokens.isAtEnd) tokens.fail('END');
		before = [before[1] ?? '', tokens.type === 'text' || tokens.type === 'name' ? '' : tokens.value.toUpperCase()];
		tokens.next();
	}
}

/** Moves behind the comma after an entry of CREATE TABLE. Returns 0 at the end of the table. */
function skipEntry(tokens: DumpTokens, depth: number): number {
	while (depth > 0 && !tokens.isAtEnd) {
		if (tokens.is('(')) depth++;
		if (tokens.is(')')) depth--;
		const isEnd = depth === 1 && tokens.is(',');
		tokens.next();
		if (isEnd) break;
	}
	return depth;
}

/** Returns whether the table is a classic one. */
function* readInsert(
	tokens: DumpTokens,
	columnsOf: Map<string, string[]>
): Generator<{ table: ClassicTable; row: Row }, boolean> {
	while (!tokens.is('INTO')) {
		if (tokens.is(';') || tokens.type !== 'word') return false;
		tokens.next();
	}
	tokens.next();
	const table = readTableName(tokens);
	if (!isClassic(table)) return false;
	const columns = tokens.is('(') ? readColumns(tokens) : (columnsOf.get(table) ?? []);
	if (!tokens.is('VALUES') && !tokens.is('VALUE')) tokens.fail('VALUES');
	do {
		tokens.next();
		yield { table, row: readRow(tokens, columns) };
	} while (tokens.is(','));
	if (!tokens.is(';') && !tokens.is('ON')) tokens.fail('a comma or a semicolon');
	return true;
}

function readColumns(tokens: DumpTokens): string[] {
	const columns: string[] = [];
	do {
		tokens.next();
		columns.push(tokens.value.toLowerCase());
		tokens.next();
	} while (tokens.is(',') && columns.length < MAX_COLUMNS);
	if (!tokens.is(')')) tokens.fail(')');
	tokens.next();
	return columns;
}

function readRow(tokens: DumpTokens, columns: string[]): Row {
	const values: [string, Value][] = [];
	if (!tokens.is('(')) tokens.fail('(');
	do {
		tokens.next();
		const column = columns[values.length] ?? tokens.fail(`a row of ${columns.length} values`);
		values.push([column, decode(readValue(tokens))]);
	} while (tokens.is(','));
	if (!tokens.is(')')) tokens.fail('a comma or )');
	tokens.next();
	return Object.fromEntries(values);
}

// eslint-disable-next-line no-control-regex -- ASCII is what it says
const ASCII = /^[\x00-\x7f]*$/;

function decode(latin1: string | null): Value {
	return latin1 === null || ASCII.test(latin1) ? latin1 : decodeText(Buffer.from(latin1, 'latin1'));
}
