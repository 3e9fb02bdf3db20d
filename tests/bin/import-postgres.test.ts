import pg from 'pg';
import { expect, inject, onTestFinished, test } from 'vitest';
import { SQL, queryRow, queryRows } from '#lib/server/database/database.ts';
import { logIn } from '#lib/server/accounts/log-in.ts';
import { findProfile } from '#lib/server/accounts/users.ts';
import { importFrom } from '#lib/server/import/import.ts';
import { findLatest } from '#lib/server/simulator/simulator-number.ts';
import { openSource } from '../../bin/import/open-source.ts';
import { createTestDatabase } from '../database-server.ts';
import { LEGACY_HASHES, LEGACY_PASSWORD } from '../legacy-hashes.ts';
import { useProgram } from './use-program.ts';

const { run, database } = useProgram();

/** Creates another database and runs statements in it. Resolves to its URL. */
async function createOther(sql: string): Promise<string> {
	const other = await createTestDatabase(inject('serverUrl'));
	onTestFinished(other.drop);
	const client = new pg.Client({ connectionString: other.url });
	await client.connect();
	await client.query(sql);
	await client.end();
	return other.url;
}

async function importUrl(url: string, sinceLast = false) {
	const source = await openSource(url);
	try {
		return await importFrom(database.config.DATABASE_URL, source, { kind: 'operator', name: 'root' }, { sinceLast });
	} finally {
		await source.close();
	}
}

test('takes the Django version with ids below zero, and the number of the simulator', async () => {
	const url = await createOther(`
		CREATE TABLE users_user (id bigint, password text, last_login timestamptz, username text, email text);
		CREATE TABLE msgs_message (message_id bigint, author_id bigint, text text, pub_date timestamptz, flagged integer);
		CREATE TABLE social_follower (id bigint, who_id bigint, whom_id bigint);
		CREATE TABLE latest_latest (id bigint, latest_id bigint);
		INSERT INTO users_user VALUES
			(-1, '${LEGACY_HASHES['Django 3.2.25 bcrypt_sha256 (bcrypt 3.2.2)']}', NULL, 'Old', 'old@example.org'),
			(1, '${LEGACY_HASHES['Django 5.2.17 scrypt']}', NULL, 'New', 'new@example.org');
		INSERT INTO msgs_message VALUES
			(1, 1, 'later', '2024-05-01 12:00:00.654321+02', 0), (-2, -1, 'sooner', '2020-05-01 12:00:00+00', 0),
			(-1, -1, 'flagged', '2020-05-01 12:00:00+00', 1), (2, 7, 'of nobody', '2024-05-01', 0),
			(3, 1, 'too far', 'infinity', 0),
			(NULL, 1, 'without id', '2024-05-01', 0), (-2000000000000000000, 1, 'before all', '2024-05-01', 0);
		INSERT INTO social_follower VALUES (1, 1, -1), (2, 1, -1);
		INSERT INTO latest_latest VALUES (1, 5), (2, 4711)`);
	const summary = await importUrl(url);
	expect(summary).toMatchObject({
		users: { read: 2, imported: 2 },
		messages: { read: 7, imported: 3, rejected: 4 },
		follows: { read: 2, imported: 1, merged: 1 }
	});
	const messages = await queryRows(SQL`SELECT author_name, text, posted_at::text, flagged FROM messages ORDER BY id`);
	expect(messages).toEqual([
		{ author_name: 'Old', text: 'sooner', posted_at: expect.stringContaining('2020-05-01'), flagged: false },
		{ author_name: 'Old', text: 'flagged', posted_at: expect.stringContaining('2020-05-01'), flagged: true },
		{ author_name: 'New', text: 'later', posted_at: expect.stringContaining('.654321'), flagged: false }
	]);
	expect((await importUrl(url, true)).messages).toEqual({ read: 6, imported: 0, there: 3, merged: 0, rejected: 3 });
	expect(await findLatest()).toBe(4711);
	for (const name of ['Old', 'New']) {
		expect(await logIn(name, LEGACY_PASSWORD, { address: '::1', device: null })).toMatchObject({ user: { name } });
	}
});

test('takes another MiniTwit with profiles and client ids, but no deleted message and no closed account', async () => {
	const clientId = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11';
	const url = await createOther(`
		INSERT INTO users (name, email, password_hash, bio, created_at) VALUES
			('Ada', 'ada@example.org', '!', 'Counts', '2021-01-01'), ('Closed', 'closed@example.org', '!', NULL, now());
		INSERT INTO closed_accounts (user_id) SELECT id FROM users WHERE name = 'Closed';
		INSERT INTO messages (author_id, author_name, text, client_id) SELECT id, name, 'hello', '${clientId}' FROM users WHERE name = 'Ada';
		INSERT INTO messages (author_id, author_name, text, flagged, deleted_at) SELECT id, name, '', true, now() FROM users WHERE name = 'Ada';
		INSERT INTO follows (follower_id, followee_id) SELECT a.id, b.id FROM users AS a, users AS b WHERE a.name < b.name`);
	expect(await importUrl(url)).toMatchObject({
		users: { read: 2, imported: 1, rejected: 1 },
		messages: { read: 2, imported: 1, rejected: 1 },
		follows: { read: 1, rejected: 1 },
		withoutPassword: 1
	});
	expect(await findProfile('Ada', null)).toMatchObject({
		bio: 'Counts',
		joined_at: new Date('2021-01-01'),
		messages: 1
	});
	expect(await queryRow(SQL`SELECT client_id FROM messages WHERE text = 'hello'`)).toEqual({ client_id: clientId });
});

/** Resolves once no import is connected to a database any more: an open connection keeps the process running. */
async function expectNoConnection(url: string): Promise<void> {
	const name = new URL(url).pathname.slice(1);
	await expect
		.poll(() =>
			queryRow(
				SQL`SELECT count(*) FROM pg_stat_activity WHERE datname = ${name} AND application_name = 'minitwit-import'`
			)
		)
		.toEqual({ count: 0 });
}

test('says what is wrong with a database that is neither', async () => {
	const url = await createOther('DROP TABLE closed_accounts');
	await expect(openSource(url)).rejects.toThrow('has neither the tables');
	await expectNoConnection(url);
	await expect(openSource('postgres://a:secret@127.0.0.1:1/b')).rejects.toThrow(
		'postgres://a@127.0.0.1:1/b cannot be reached: '
	);
});

test('ends the connection if the rejects cannot be written', async () => {
	const url = await createOther('SELECT');
	const { status, reported } = await run(['import', '--from', url, '--rejects', '/missing/folder/rejects.jsonl']);
	expect([status, reported]).toEqual([1, [expect.stringContaining('--rejects names another file')]]);
	await expectNoConnection(url);
});

test.each([
	['mysql://u:secret@db.example/b', 'This is no URL that can be imported from'],
	['postgresql+psycopg2://u:secret@db.example/b', 'This is no URL that can be imported from'],
	['MYSQL://u:secret@db.example/b', 'This is no URL that can be imported from'],
	['jdbc:postgresql://u:secret@db.example/b', 'This is no URL that can be imported from'],
	['host=db.example password=secret', 'This is no URL that can be imported from'],
	['postgresql://u:sec/ret@db.example/b', 'The URL of the database is malformed'],
	['POSTGRESQL://u:secret@127.0.0.1:1/b', 'postgresql://u@127.0.0.1:1/b cannot be reached'],
	['postgresql://u:secret@/b?host=/missing', 'postgresql://u@/missing:5432/b cannot be reached'],
	['postgresql://u:secret@other/b?host=/missing', 'postgresql://u@/missing:5432/b cannot be reached']
])('%s is refused without its password', async (from, sentence) => {
	const { status, lines, reported } = await run(['import', '--from', from, '--rejects', '/missing/rejects.jsonl']);
	expect([status, lines, reported]).toEqual([1, [], [expect.stringContaining(sentence)]]);
	expect(reported.join()).not.toMatch(/sec.?ret/);
});
