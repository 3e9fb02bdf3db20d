import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { BEGINNING } from '#lib/server/import/position.ts';
import type { Source, SourceRow, Value } from '#lib/server/import/source.ts';
import { StartError } from '../failures.ts';
import { CLASSIC_TABLES, OWN_COLUMNS, type ClassicTable, type Row, toSourceRow } from './classic.ts';
import { MAX_TEXT_BYTES, decodeText } from './text-bytes.ts';

/** Rows of one read: it takes some milliseconds, in which the older system cannot write. */
const PAGE_ROWS = 1_000;
const BUSY_TIMEOUT_MS = 10_000;

/** Messages are read first and accounts last, so that the author of every message that was read is among the accounts. */
const ORDER: ClassicTable[] = ['message', 'follower', 'user'];

/**
 * Opens the classic SQLite file. The older system may go on writing to it.
 * @throws StartError if it is no such file
 */
export function openSqlite(path: string): Source {
	const database = open(path);
	const total = ORDER.reduce((sum, table) => sum + countRows(database, table), 0);
	let read = 0;
	function* rows(afterMessage: string): Generator<SourceRow> {
		for (const table of ORDER) {
			// Not only numbers can stand there: what is none is rejected with its reason.
			const isPart = table === 'message' && afterMessage !== BEGINNING;
			const condition = isPart ? `AND (message_id >= ${BigInt(afterMessage)}) IS NOT FALSE` : '';
			for (const row of readTable(database, table, condition)) {
				read++;
				yield toSourceRow(table, row);
			}
		}
	}
	return { name: path, rows, progress: () => read / Math.max(total, 1), close: () => database.close() };
}

function open(path: string): DatabaseSync {
	try {
		const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
		for (const table of ORDER) database.prepare(`SELECT rowid FROM "${table}" LIMIT 1`).get();
		return database;
	} catch (error) {
		throw new StartError(
			`${path} is no SQLite file with the tables user, message and follower: ${(error as Error).message}.`
		);
	}
}

function countRows(database: DatabaseSync, table: ClassicTable): number {
	return Number(database.prepare(`SELECT count(*) AS rows FROM "${table}"`).get()?.rows);
}

/** Reads a table in the order of its rows. Every value is read as a text, also a number. */
function* readTable(database: DatabaseSync, table: ClassicTable, condition: string): Generator<Row> {
	const known = database.prepare(`SELECT name FROM pragma_table_info(?)`).all(table);
	const columns = [...CLASSIC_TABLES[table], ...OWN_COLUMNS[table]].filter((column) =>
		known.some(({ name }) => name === column)
	);
	const page = database.prepare(`
		SELECT rowid AS place, ${columns.map((column) => `${textOf(column)} AS "${column}"`).join(', ')}
		FROM "${table}" WHERE rowid > ? ${condition} ORDER BY rowid LIMIT ${PAGE_ROWS}`);
	page.setReadBigInts(true);
	for (let after: unknown = -(2n ** 63n), rows; ; after = rows.at(-1)?.place) {
		rows = page.all(after as bigint);
		if (rows.length === 0) return;
		for (const row of rows) {
			for (const column of columns) {
				const value = row[column] as Value;
				if (typeof value === 'string' && value.includes(REPLACED))
					row[column] = readBytes(database, table, column, row.place);
			}
			yield row as Row;
		}
	}
}

/** A text as SQLite stores it, or the beginning of one that is too long. */
const textOf = (column: string) =>
	`CASE WHEN octet_length("${column}") < ${MAX_TEXT_BYTES} THEN CAST("${column}" AS TEXT) ELSE substr("${column}", 1, ${MAX_TEXT_BYTES}) END`;

/** What stands for bytes that are not UTF-8, unless the text itself contains it. */
const REPLACED = '\ufffd';

function readBytes(database: DatabaseSync, table: ClassicTable, column: string, place: unknown): SQLOutputValue {
	const select = `SELECT substr(CAST("${column}" AS BLOB), 1, ${MAX_TEXT_BYTES}) AS bytes FROM "${table}" WHERE rowid = ?`;
	return decodeText(database.prepare(select).get(place as bigint)?.bytes as Uint8Array) as SQLOutputValue;
}
