import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDump } from '../../bin/import/dump-statements.ts';
import { recognizeDialect } from '../../bin/import/dump.ts';
import { type Dialect, DumpError } from '../../bin/import/dump-tokens.ts';
import { expectLinear, repeated } from '../linear-time.ts';

/** Reads a dump that arrives in parts of a size. */
function read(dump: string, dialect: Dialect, size = 7): [string, object][] {
	const bytes = Buffer.from(dump).toString('latin1');
	const parts = bytes.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
	return Array.from(readDump(parts, dialect), ({ table, row }) => [table, row]);
}

const sqliteText = (text: string) => `'${text.replaceAll("'", "''")}'`;
/** sqlite3 writes a line break as a function call. */
const sqlite3Text = (text: string) =>
	text.includes('\n') && !text.includes('\\n')
		? `replace(${sqliteText(text.replaceAll('\n', '\\n'))},'\\n',char(10))`
		: sqliteText(text);
const MYSQL: Record<string, string> = {
	'\0': '\\0',
	'\n': '\\n',
	'\r': '\\r',
	'\\': '\\\\',
	"'": "\\'",
	'"': '\\"',
	'\x1a': '\\Z'
};
// eslint-disable-next-line no-control-regex -- MySQL escapes these
const mysqlText = (text: string) => `'${text.replace(/[\0\n\r\\'"\x1a]/g, (character) => MYSQL[character] ?? '')}'`;

const text = fc
	.string({
		unit: fc.oneof(
			fc.constantFrom("'", '\\', '"', '\n', ';', ')', ',', '`', '--', '/*', 'n'),
			fc.string({ unit: 'binary' })
		)
	})
	.filter((text) => text.isWellFormed());
const message = fc.record({
	id: fc.integer(),
	author: fc.integer(),
	text,
	date: fc.option(fc.nat()),
	flagged: fc.constantFrom(0, 1)
});

type Message = { id: number; author: number; text: string; date: number | null; flagged: number };

const values = ({ id, author, text, date, flagged }: Message, quote: (text: string) => string) =>
	`(${id},${author},${quote(text)},${date ?? 'NULL'},${flagged})`;

test.each([
	['sqlite', 'INSERT INTO message VALUES', sqlite3Text, false],
	['sqlite', 'insert into "message" (message_id, author_id, "text", pub_date, flagged) values ', sqliteText, true],
	['mysql', 'INSERT INTO `message` VALUES ', mysqlText, true],
	['mysql', 'INSERT IGNORE INTO old.message (message_id,author_id,text,pub_date,flagged) VALUES ', mysqlText, false]
] as const)('%s: %s … gives the rows that were dumped', (dialect, insert, quote, isMultiple) => {
	fc.assert(
		fc.property(fc.array(message, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 40 }), (rows, size) => {
			const tuples = rows.map((row) => values(row, quote));
			const statements = isMultiple
				? `${insert}${tuples.join(',\n')};`
				: tuples.map((tuple) => `${insert}${tuple};\n`).join('');
			const expected = rows.map(({ id, author, text, date, flagged }) => [
				'message',
				{
					message_id: `${id}`,
					author_id: `${author}`,
					text,
					pub_date: date === null ? null : `${date}`,
					flagged: `${flagged}`
				}
			]);
			expect(
				read(`-- it's a dump\n/* ';' */ LOCK TABLES a WRITE;\n${statements}UNLOCK TABLES;`, dialect, size)
			).toEqual(expected);
		}),
		{ numRuns: 60 }
	);
});

test('follows the order of columns in CREATE TABLE, and skips other tables', () => {
	const dump = `CREATE TABLE IF NOT EXISTS "user" (email text DEFAULT 'a,b', user_id integer CHECK (user_id > 0), PRIMARY KEY (user_id), pw_hash text, username text);
		INSERT INTO other VALUES ('INSERT INTO user VALUES (1);');
		INSERT INTO user VALUES ('a@b', -7, x'6869', unistr('\\u00fc\\\\'));
		REPLACE INTO follower VALUES (1.5e+3, b'1'), (_utf8mb4'2', 0x33);`;
	expect(read(dump, 'sqlite')).toEqual([
		['user', { email: 'a@b', user_id: '-7', pw_hash: 'hi', username: 'ü\\' }],
		['follower', { who_id: '1.5e+3', whom_id: '1' }],
		['follower', { who_id: '2', whom_id: '3' }]
	]);
});

test('what triggers would insert is no row', () => {
	const dump = `BEGIN TRANSACTION;
		INSERT INTO user VALUES (1,'Ann');
		CREATE TRIGGER copied AFTER INSERT ON message WHEN CASE WHEN new.flagged THEN 0 ELSE 1 END BEGIN
			UPDATE message SET flagged = CASE flagged WHEN 1 THEN 0 END;
			INSERT INTO user VALUES (2,'Bob');
		END;
		INSERT INTO user VALUES (3,'Cid');
		COMMIT;`;
	const users = [
		['user', { user_id: '1', username: 'Ann' }],
		['user', { user_id: '3', username: 'Cid' }]
	];
	expect(read(dump, 'sqlite')).toEqual(users);
	expect(() => read(dump.replace('COMMIT;', ''), 'sqlite')).toThrow('expected COMMIT, but found the dump ends');
	expect(() => read(dump.slice(0, dump.indexOf('END;')), 'sqlite')).toThrow('expected END, but found the dump ends');
	const routine = `CREATE DEFINER=\`root\`@\`%\` PROCEDURE p() BEGIN
		IF 1 THEN INSERT INTO user VALUES (2,'Bob'); END IF;
		INSERT INTO user VALUES (2,'Bob');
	END;`;
	expect(read(routine + "INSERT INTO user VALUES (1,'Ann');", 'mysql')).toEqual(users.slice(0, 1));
	const split = `DELIMITER ;;\nCREATE FUNCTION s(\n delimiter text) RETURNS text BEGIN INSERT INTO user VALUES (2,'Bob'); END ;;\nDELIMITER ;\n`;
	expect(read(split + "INSERT INTO user VALUES (1,'Ann');", 'mysql')).toEqual(users.slice(0, 1));
	const single = "CREATE TRIGGER a BEFORE INSERT ON user FOR EACH ROW SET NEW.username = 'x';";
	expect(read(single + "INSERT INTO user VALUES (1,'Ann');", 'mysql')).toEqual(users.slice(0, 1));
});

test('bytes that are not UTF-8 stay bytes', () => {
	expect(Array.from(readDump(["INSERT INTO user VALUES (1,'caf\xe9');"], 'sqlite'))).toEqual([
		{ table: 'user', row: { user_id: '1', username: Buffer.from('caf\xe9', 'latin1') } }
	]);
});

test.each([
	["INSERT INTO user VALUES (1,'it\\'s');", 'Byte 33: expected a comma or )'],
	["INSERT INTO user VALUES (1,'a'", 'a comma or )'],
	["INSERT INTO user VALUES (1,'a')", 'a comma or a semicolon, but found the dump ends'],
	['BEGIN TRANSACTION;INSERT INTO user VALUES (1);', 'expected COMMIT, but found the dump ends'],
	['BEGIN;INSERT INTO user VALUES (1);\nROLLBACK; -- due to errors', 'expected COMMIT, but found "ROLLBACK"'],
	['CREATE TABLE users (id integer);INSERT INTO users VALUES (1);', 'none of the tables'],
	['', 'none of the tables'],
	['COPY public.message (message_id) FROM stdin;', 'expected INSERT, but found "COPY"'],
	['INSERT INTO user VALUES (1,2,3,4,5);', 'a row of 4 values'],
	['INSERT INTO user SELECT * FROM other;', 'VALUES'],
	["INSERT INTO user VALUES (lower('A'));", 'a value instead of LOWER'],
	[`INSERT INTO user VALUES (${'replace('.repeat(50)}`, 'a value']
])('%s is refused with its place', (dump, expected) => {
	expect(() => read(dump, 'sqlite')).toThrow(DumpError);
	expect(() => read(dump, 'sqlite')).toThrow(expected);
});

test('recognizes the dialect by what precedes the rows', () => {
	expect(
		recognizeDialect(
			"PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE `user` (a);\nINSERT INTO user VALUES ('`')"
		)
	).toBe('sqlite');
	expect(recognizeDialect('-- MySQL dump 10.13\nINSERT INTO user VALUES (1)')).toBe('mysql');
	expect(recognizeDialect("INSERT INTO `user` VALUES (1,'a')")).toBe('mysql');
	expect(recognizeDialect("INSERT INTO user VALUES (1,'`')")).toBe('sqlite');
});

describe.each(['sqlite', 'mysql'] as const)('as a dump of %s', (dialect) => {
	test.each([
		['quotation marks', (size: number) => `INSERT INTO user VALUES ('${"''".repeat(size / 2)}`],
		['backslashes', (size: number) => `INSERT INTO user VALUES ('${'\\'.repeat(size)}`],
		['comments', repeated('/* * */')],
		['dashes', repeated('--\n')],
		['opened comments', repeated('/*')],
		['brackets', repeated('(')],
		['rows', (size: number) => `INSERT INTO user VALUES ${'(1),'.repeat(size / 4)}`],
		['columns', (size: number) => `CREATE TABLE user (${'a,'.repeat(size / 2)}`],
		['statements', repeated('INSERT INTO user VALUES(1);')],
		['line ends', repeated('\n')],
		['letters', repeated('x')],
		['replaced texts', (size: number) => `INSERT INTO user VALUES (replace('${'a'.repeat(size)}','a','b'));`]
	])('%s are read in linear time', async (_kind, make) => {
		const work = (dump: string) => {
			recognizeDialect(dump);
			try {
				for (const _ of readDump([dump.slice(0, 100), dump.slice(100)], dialect));
			} catch (error) {
				if (!(error instanceof DumpError)) throw error;
			}
		};
		await expectLinear(work, make, 8 * 1024);
		work(make(1024 * 1024));
	});
});
