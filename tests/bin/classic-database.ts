import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { onTestFinished } from 'vitest';

type Cell = string | number | bigint | null | Uint8Array;

/** Rows of the classic schema, in the order of its columns. */
export interface ClassicRows {
	users?: Cell[][];
	messages?: Cell[][];
	followers?: Cell[][];
}

/** The schema of Flask's MiniTwit. A column of type "string" turns a name of digits into a number. */
const SCHEMA = `
	CREATE TABLE user (
		user_id integer primary key autoincrement, username string not null, email string not null, pw_hash string not null
	);
	CREATE TABLE follower (who_id integer, whom_id integer);
	CREATE TABLE message (
		message_id integer primary key autoincrement, author_id integer not null, text string not null, pub_date integer,
		flagged integer
	);`;

/** Creates an SQLite file with the classic schema. It is removed after the test. */
export function createClassic(rows: ClassicRows): { path: string; database: DatabaseSync } {
	const folder = mkdtempSync(join(tmpdir(), 'minitwit-classic-'));
	const path = join(folder, 'minitwit.db');
	const database = new DatabaseSync(path);
	onTestFinished(() => {
		database.close();
		rmSync(folder, { recursive: true });
	});
	database.exec(SCHEMA);
	insert(database, 'user', rows.users);
	insert(database, 'message', rows.messages);
	insert(database, 'follower', rows.followers);
	return { path, database };
}

function insert(database: DatabaseSync, table: string, rows: Cell[][] = []): void {
	for (const row of rows) {
		database.prepare(`INSERT INTO ${table} VALUES (${row.map(() => '?').join(', ')})`).run(...row);
	}
}
