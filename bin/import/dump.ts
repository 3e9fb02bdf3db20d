import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Source, SourceRow } from '#lib/server/import/source.ts';
import { StartError } from '../failures.ts';
import { toSourceRow } from './classic.ts';
import { readDump } from './dump-statements.ts';
import { type Dialect, DumpError } from './dump-tokens.ts';

const PART_BYTES = 256 * 1024;

/** mysqldump writes both the first line and the last, or, with --skip-comments, neither. */
const MYSQL_HEADER = /^-- (?:MySQL|MariaDB) dump\b/m;
const END_BYTES = 1_024;
/** Of UTF-8, as some programs of Windows write it. */
const BYTE_ORDER_MARK = /^\xef\xbb\xbf/;

/**
 * Opens a dump of the classic tables in SQL. The dialect decides what a backslash in a text means; without one it is
 * recognized by what precedes the first row.
 */
export function openDump(path: string, dialect?: Dialect): Source {
	const file = openSync(path, 'r');
	const size = fstatSync(file).size;
	let read = 0;
	function* parts(): Generator<string> {
		const buffer = Buffer.alloc(PART_BYTES);
		for (let bytes; (bytes = readSync(file, buffer, 0, PART_BYTES, null)) > 0; read += bytes) {
			yield buffer.toString('latin1', 0, bytes);
		}
	}
	return {
		name: path,
		rows: () => rows(path, parts(), dialect),
		progress: () => read / Math.max(size, 1),
		close: () => closeSync(file)
	};
}

function* rows(path: string, parts: Generator<string>, dialect?: Dialect): Generator<SourceRow> {
	const first = (parts.next().value ?? '').replace(BYTE_ORDER_MARK, '');
	const found = dialect ?? recognizeDialect(first);
	let end = '';
	const keepEnd = (part: string) => (end = (end + part).slice(-END_BYTES));
	try {
		if (/^\/\*!\d{5} SET NAMES (?!utf8)/m.test(first))
			throw new DumpError('Its texts are not in UTF-8: make it with --default-character-set=utf8mb4.');
		for (const { table, row } of readDump(withFirst(first, parts, keepEnd), found)) yield toSourceRow(table, row);
		if (MYSQL_HEADER.test(first) && !/^-- Dump completed/m.test(end))
			throw new DumpError('It is cut: its last line is not "-- Dump completed".');
	} catch (error) {
		if (!(error instanceof DumpError)) throw error;
		throw new StartError(
			`${path} cannot be read as a dump of ${found === 'mysql' ? 'MySQL' : 'SQLite'}. ${error.message} Nothing was imported. --dialect names another one.`
		);
	}
}

function* withFirst(first: string, parts: Iterable<string>, onPart: (part: string) => void): Generator<string> {
	onPart(first);
	yield first;
	for (const part of parts) {
		onPart(part);
		yield part;
	}
}

/** Recognizes a dialect by the beginning of a dump, up to the first row. */
export function recognizeDialect(beginning: string): Dialect {
	const schema = beginning
		.slice(0, /\bINSERT\s[^(]*/i.exec(beginning)?.index)
		.concat(/\bINSERT\s[^(]{0,200}/i.exec(beginning)?.[0] ?? '');
	if (/^[ \t]*(?:PRAGMA|BEGIN)\b/im.test(schema)) return 'sqlite';
	return /`|\/\*!|\b(?:MySQL|MariaDB) dump\b|\bENGINE\s*=|\bAUTO_INCREMENT\b/i.test(schema) ? 'mysql' : 'sqlite';
}
