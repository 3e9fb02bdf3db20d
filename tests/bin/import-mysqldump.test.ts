import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { checkMessage } from '#lib/server/import/check-row.ts';
import type { SourceMessage, SourceRow } from '#lib/server/import/source.ts';
import { openDump } from '../../bin/import/dump.ts';

/* In the form of MariaDB's mariadb-dump 10.11 with --routines, which is also that of mysqldump. */
const DUMP = String.raw`/*M!999999\- enable the sandbox mode */ 
-- MariaDB dump 10.19  Distrib 10.11.18-MariaDB, for debian-linux-gnu (x86_64)
--
-- Host: localhost    Database: minitwit
-- ------------------------------------------------------
/*!40101 SET NAMES utf8mb4 */;
/*!50001 CREATE VIEW ${'`followed`'} AS SELECT
 NULL AS ${'`who_id`'} */;
DROP TABLE IF EXISTS ${'`message`'};
CREATE TABLE ${'`message`'} (
  ${'`message_id`'} int(11) NOT NULL AUTO_INCREMENT,
  ${'`author_id`'} int(11) NOT NULL,
  ${'`text`'} text NOT NULL,
  ${'`pub_date`'} int(11) DEFAULT NULL,
  ${'`flagged`'} bit(1) DEFAULT NULL,
  PRIMARY KEY (${'`message_id`'}),
  KEY ${'`fk`'} (${'`author_id`'}),
  CONSTRAINT ${'`fk`'} FOREIGN KEY (${'`author_id`'}) REFERENCES ${'`user`'} (${'`user_id`'})
) ENGINE=InnoDB AUTO_INCREMENT=6 DEFAULT CHARSET=utf8mb4 COMMENT='it''s; a "table"';
LOCK TABLES ${'`message`'} WRITE;
/*!40000 ALTER TABLE ${'`message`'} DISABLE KEYS */;
INSERT INTO ${'`message`'} VALUES
(1,1,'it\'s \"quoted\" \\ \\n\nline\r\n%_ 🐦',1700000001,'\0'),
(2,3,'-- no comment /* none */ # ; ),(',NULL,'${'\x01'}');
/*!40000 ALTER TABLE ${'`message`'} ENABLE KEYS */;
UNLOCK TABLES;
INSERT INTO ${'`other`'} VALUES
('INSERT INTO user VALUES (1);','{\"a\": \"\\\"b\"}');
INSERT INTO ${'`user`'} VALUES
(3,'o\'Brien ${'`y`'}','ob@example.org','');
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=${'`root`@`localhost`'}*/ /*!50003 TRIGGER t BEFORE INSERT ON other FOR EACH ROW SET NEW.c = 1 
*/;;
DELIMITER ;
DELIMITER ;;
CREATE DEFINER=${'`root`@`localhost`'} PROCEDURE ${'`p`'}()
BEGIN START TRANSACTION; INSERT INTO follower VALUES (1, 2); ROLLBACK; END ;;
DELIMITER ;
INSERT INTO ${'`follower`'} VALUES
(3,NULL);

-- Dump completed on 2026-11-27 17:50:26
`;

const message = (id: string, authorId: string, text: string, postedAt: string | null, flagged: string) =>
	expect.objectContaining({ kind: 'message', id, authorId, text, postedAt, flagged }) as SourceMessage;

const ROWS = [
	message('1', '1', 'it\'s "quoted" \\ \\n\nline\r\n%_ 🐦', '1700000001', '\0'),
	message('2', '3', '-- no comment /* none */ # ; ),(', null, '\x01'),
	expect.objectContaining({ kind: 'user', id: '3', name: "o'Brien `y`", email: 'ob@example.org', password: '' }),
	expect.objectContaining({ kind: 'follow', followerId: '3', followeeId: null })
];

function read(dump: string): SourceRow[] {
	const folder = mkdtempSync(join(tmpdir(), 'minitwit-dump-'));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	writeFileSync(join(folder, 'dump.sql'), dump);
	const source = openDump(join(folder, 'dump.sql'));
	onTestFinished(() => source.close());
	return [...(source.rows('0') as Iterable<SourceRow>)];
}

test.each([
	['by default', DUMP],
	['with --skip-extended-insert', DUMP.replace('),\n(2', ');\nINSERT INTO `message` VALUES (2')],
	['with --hex-blob', DUMP.replace("'\\0'", '0x00').replace("'\x01'", '0x01')],
	['with --complete-insert', DUMP.replaceAll('INTO `user`', 'INTO `user` (`user_id`, `username`, `email`, `pw_hash`)')],
	['with --compatible=ansi', DUMP.replaceAll(/`(\w+)`/g, '"$1"').replace('"y"', '`y`')],
	['with --replace', DUMP.replaceAll('INSERT INTO', 'REPLACE INTO').replace("'REPLACE", "'INSERT")]
])('a dump of mariadb-dump %s has the rows of its tables and no others', (_options, dump) => {
	expect(read(dump)).toEqual(ROWS);
});

test('a byte order mark hides no row, and a text that is out of place is not printed', () => {
	expect(read("\ufeffINSERT INTO user VALUES (1,'Ann','ann@example.org','hash');\nCOMMIT;\n")).toMatchObject([
		{ name: 'Ann' }
	]);
	const extended = "INSERT INTO user VALUES (1,'Ann','ann@example.org','Ann Full Name','pbkdf2:sha256:1$salt$5e88');\n";
	expect(() => read(extended)).toThrow('found a text');
	expect(() => read(extended)).not.toThrow('salt');
});

test('a bit is a flag', () => {
	const columns = read(DUMP)
		.filter((row) => row.kind === 'message')
		.map((row) => checkMessage({ ...row, postedAt: '1700000001' }));
	expect(columns.map((column) => column[4])).toEqual(['f', 't']);
});

test.each([
	['that was cut between two statements', DUMP.slice(0, DUMP.indexOf('INSERT INTO `follower`')), 'It is cut'],
	['in Latin-1', DUMP.replace('SET NAMES utf8mb4', 'SET NAMES latin1'), 'not in UTF-8'],
	['in Latin-1 of MySQL 8', DUMP.replace('40101 SET NAMES utf8mb4', '50503 SET NAMES latin1'), 'not in UTF-8'],
	[
		'that was cut and has a byte order mark',
		`\ufeff${DUMP.slice(0, DUMP.indexOf('INSERT INTO `follower`'))}`,
		'It is cut'
	],
	['that ends in a procedure', DUMP.slice(0, DUMP.indexOf('ROLLBACK')), 'expected DELIMITER']
])('a dump %s is refused', (_what, dump, sentence) => {
	expect(() => read(dump)).toThrow(sentence);
});
