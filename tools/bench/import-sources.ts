import { closeSync, openSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';

/* An older system of a size in each form that can be imported, with the same rows. */

export interface Size {
	people: number;
	messages: number;
}

/** As many as mysqldump puts into a statement of a few hundred kilobytes. */
const ROWS_PER_INSERT = 500;
const FOLLOWED_BY_EACH = 10;
const WORDS = "it's a fine day for posting short messages about nothing in particular überall 🐦".split(' ');
const HASH = `pbkdf2:sha256:50000$abcdefgh$${'0123456789abcdef'.repeat(4)}`;

const SCHEMA = [
	'CREATE TABLE user (user_id integer primary key, username varchar(100) not null, email varchar(320) not null, pw_hash varchar(200) not null)',
	'CREATE TABLE follower (who_id integer, whom_id integer)',
	'CREATE TABLE message (message_id integer primary key, author_id integer not null, text varchar(280) not null, pub_date integer, flagged integer)'
];

type Row = (string | number)[];

function* users({ people }: Size): Generator<Row> {
	for (let id = 1; id <= people; id++) yield [id, `Person ${id}`, `person${id}@example.org`, HASH];
}

function* follows({ people }: Size): Generator<Row> {
	for (let id = 1; id <= people; id++) {
		for (let step = 1; step <= FOLLOWED_BY_EACH; step++) yield [id, 1 + ((id + step * 7) % people)];
	}
}

function* messages({ people, messages }: Size): Generator<Row> {
	for (let id = 1; id <= messages; id++) {
		const text = Array.from({ length: 12 }, (_, place) => WORDS[(id * 31 + place * 17) % WORDS.length]).join(' ');
		yield [id, 1 + ((id * 7919) % people), `${text} ${id}`, 1_600_000_000 + id * 30, id % 100 === 0 ? 1 : 0];
	}
}

const TABLES = { user: users, follower: follows, message: messages };

/** Writes the SQLite file. */
export function writeSqlite(path: string, size: Size): void {
	const database = new DatabaseSync(path);
	database.exec(`${SCHEMA.join(';')}; BEGIN`);
	for (const [table, rows] of Object.entries(TABLES)) {
		let insert;
		for (const row of rows(size)) {
			insert ??= database.prepare(`INSERT INTO ${table} VALUES (${row.map(() => '?').join(', ')})`);
			insert.run(...row);
		}
	}
	database.exec('COMMIT');
	database.close();
}

/** Writes a dump as sqlite3 does: a statement for each row. */
export function writeSqliteDump(path: string, size: Size): void {
	const quote = (value: string | number) => (typeof value === 'number' ? value : `'${value.replaceAll("'", "''")}'`);
	writeFile(path, function* () {
		yield `PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n${SCHEMA.join(';\n')};\n`;
		for (const [table, rows] of Object.entries(TABLES)) {
			for (const row of rows(size)) yield `INSERT INTO ${table} VALUES(${row.map(quote).join(',')});\n`;
		}
		yield 'COMMIT;\n';
	});
}

/** Writes a dump as mysqldump does: many rows in a statement. */
export function writeMysqlDump(path: string, size: Size): void {
	const quote = (value: string | number) =>
		typeof value === 'number' ? value : `'${value.replace(/['\\]/g, '\\$&')}'`;
	writeFile(path, function* () {
		yield `-- MySQL dump 10.13\n${SCHEMA.join(' ENGINE=InnoDB;\n')};\n`;
		for (const [table, rows] of Object.entries(TABLES)) {
			let count = 0;
			for (const row of rows(size)) {
				yield `${count++ % ROWS_PER_INSERT === 0 ? `${count > 1 ? ';\n' : ''}INSERT INTO \`${table}\` VALUES ` : ','}(${row.map(quote).join(',')})`;
			}
			yield ';\n';
		}
		yield '-- Dump completed\n';
	});
}

function writeFile(path: string, parts: () => Generator<string>): void {
	const file = openSync(path, 'w');
	let buffer = '';
	for (const part of parts()) {
		buffer += part;
		if (buffer.length < 1024 * 1024) continue;
		writeSync(file, buffer);
		buffer = '';
	}
	writeSync(file, buffer);
	closeSync(file);
}

/** Fills a database with the tables of the Django version. */
export async function fillDjango(url: string, { people, messages }: Size): Promise<void> {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	await client.query(`
		CREATE TABLE users_user (id bigint PRIMARY KEY, password text, last_login timestamptz, username text, email text);
		CREATE TABLE msgs_message (message_id bigint PRIMARY KEY, author_id bigint, text text, pub_date timestamptz, flagged integer);
		CREATE TABLE social_follower (id bigint PRIMARY KEY, who_id bigint, whom_id bigint);
		CREATE TABLE latest_latest (id bigint PRIMARY KEY, latest_id bigint);
		INSERT INTO users_user SELECT id, '${HASH}', NULL, 'Person ' || id, 'person' || id || '@example.org' FROM generate_series(1, ${people}) AS id;
		INSERT INTO social_follower SELECT id * 100 + step, id, 1 + (id + step * 7) % ${people}
		FROM generate_series(1, ${people}) AS id, generate_series(1, ${FOLLOWED_BY_EACH}) AS step;
		INSERT INTO msgs_message SELECT id, 1 + (id * 7919) % ${people}, repeat('it''s a fine day überall 🐦 ', 3) || id,
			to_timestamp(1600000000 + id * 30), (id % 100 = 0)::integer FROM generate_series(1::bigint, ${messages}) AS id;
		ANALYZE`);
	await client.end();
}
