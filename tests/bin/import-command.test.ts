import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { SQL, queryRow, queryRows } from '#lib/server/database/database.ts';
import { verifyPassword } from '#lib/server/accounts/passwords.ts';
import { LEGACY_HASHES, LEGACY_PASSWORD } from '../legacy-hashes.ts';
import { createClassic } from './classic-database.ts';
import { useProgram } from './use-program.ts';

const { run, json } = useProgram();

const count = (table: 'messages' | 'users') => queryRow<{ count: number }>(SQL`SELECT count(*) FROM `.append(table));

test('an import prints what became of the rows, and writes the others to a file with their reasons', async () => {
	const { path } = createClassic({
		users: [[1, 'Ann', 'ann@example.org', LEGACY_HASHES['Django 3.2.25 unsalted md5']]],
		messages: [
			[1, 1, 'a', 1_700_000_001, 0],
			[2, 9, 'b', 1_700_000_002, 0]
		]
	});
	const rejects = join(dirname(path), 'rejects.jsonl');
	const args = ['import', '--from', path, '--rejects', rejects];
	const dry = await run([...args, '--dry-run']);
	expect(dry).toMatchObject({ status: 3, lines: expect.arrayContaining(['Nothing was changed: this was a dry run.']) });
	expect(await count('users')).toEqual({ count: 0 });
	const { status, lines, reported } = await run(args);
	expect(status).toBe(3);
	expect(reported).toEqual([]);
	expect(lines).toEqual([
		'          read  imported  already here  merged  rejected',
		'users        1         1             0       0         0',
		'messages     2         1             0       0         1',
		'follows      0         0             0       0         0',
		`Reasons: ${rejects}`
	]);
	expect(JSON.parse(readFileSync(rejects, 'utf8'))).toMatchObject({ kind: 'message', row: { id: 2, text: 'b' } });
	expect(statSync(rejects).mode & 0o777).toBe(0o600);
	expect(await queryRows(SQL`SELECT action, actor_name FROM audit_records`)).toHaveLength(1);
});

test('weak hashes are wrapped, and their passwords stay valid', async () => {
	expect(await run(['passwords', 'wrap'])).toMatchObject({ status: 2 });
	expect(await json(['passwords', 'wrap', '--yes'])).toEqual({ wrapped: 1 });
	const stored = await queryRow<{ password_hash: string }>(SQL`SELECT password_hash FROM users`);
	expect(stored?.password_hash).toMatch(/^wrapped\$argon2id\$/);
	expect(await verifyPassword(stored?.password_hash ?? null, LEGACY_PASSWORD)).toEqual({ valid: true, outdated: true });
	expect(await json(['passwords', 'wrap', '--yes'])).toEqual({ wrapped: 0 });
});

test('says what is wrong with a source', async () => {
	const { path } = createClassic({});
	const file = (name: string, contents: string | Buffer) => {
		writeFileSync(join(dirname(path), name), contents);
		return join(dirname(path), name);
	};
	for (const [from, expected] of [
		[file('utf16.sql', Buffer.from('\ufeffINSERT', 'utf16le')), 'UTF-16'],
		[file('dump.sql.gz', Buffer.from([0x1f, 0x8b, 8])), 'decompress it first'],
		[file('broken.sql', "INSERT INTO user VALUES (1,'a"), 'the quotation mark is never closed'],
		[file('cut.sql', "-- MySQL dump 10.13\nINSERT INTO `user` VALUES (1,'a','a@b','');\n"), 'It is cut'],
		[file('empty.sql', ''), 'none of the tables'],
		[join(dirname(path), 'missing.db'), 'cannot be read'],
		['reader:secret@127.0.0.1:5432/db', 'There is no such file']
	] as const) {
		const { status, reported } = await run(['import', '--from', from, '--rejects', join(dirname(path), 'r.jsonl')]);
		expect(reported.join()).toContain(expected);
		expect(reported.join()).not.toContain('secret');
		expect(status).toBe(1);
	}
});

/* The move that docs/migrating.md describes: an old system that people write to until the last moment. */
test('a move loses nothing that is posted meanwhile, and takes seconds of downtime', async () => {
	const rows = Array.from({ length: 200 }, (_, index) => [index + 1, 1, `old ${index}`, 1_700_000_000 + index, 0]);
	const { path, database } = createClassic({ users: [[1, 'Liv', 'liv@example.org', '!']], messages: rows });
	const post = database.prepare('INSERT INTO message (author_id, text, pub_date, flagged) VALUES (1, ?, ?, 0)');
	let posted = 0;
	const poster = setInterval(() => post.run(`live ${++posted}`, 1_800_000_000 + posted), 20);
	const args = ['import', '--from', path, '--rejects', join(dirname(path), 'rejects.jsonl')];
	await run(args);
	await run(args);
	clearInterval(poster);
	const stopped = performance.now();
	expect((await run([...args, '--since-last'])).lines[2]).toMatch(/^messages/);
	expect(performance.now() - stopped).toBeLessThan(10_000);
	expect(posted).toBeGreaterThan(0);
	const live = await queryRows<{ text: string }>(SQL`SELECT text FROM messages WHERE text LIKE 'live %' ORDER BY id`);
	expect(live.map(({ text }) => text)).toEqual(Array.from({ length: posted }, (_, index) => `live ${index + 1}`));
	expect(await queryRow(SQL`SELECT count(*) FROM messages WHERE text LIKE 'old %'`)).toEqual({ count: 200 });
	expect(existsSync(`${path}-journal`)).toBe(false);
});
