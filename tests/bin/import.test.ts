import { afterEach, expect, test } from 'vitest';
import { SQL, execute, queryRow, queryRows } from '#lib/server/database/database.ts';
import { logIn } from '#lib/server/accounts/log-in.ts';
import { findProfile } from '#lib/server/accounts/users.ts';
import { type ImportOptions, importFrom } from '#lib/server/import/import.ts';
import type { Source } from '#lib/server/import/source.ts';
import { type Reject, addsUp } from '#lib/server/import/tally.ts';
import { readPublicTimeline } from '#lib/server/messages/timelines.ts';
import { openSource } from '../../bin/import/open-source.ts';
import { createFollow, createPerson } from '../factories.ts';
import { LEGACY_HASHES, LEGACY_PASSWORD } from '../legacy-hashes.ts';
import { useDatabase } from '../use-database.ts';
import { createClassic } from './classic-database.ts';

const database = useDatabase();

afterEach(async () => {
	await execute(SQL`DELETE FROM users`);
	await execute(SQL`DELETE FROM imported_users`);
	await execute(SQL`DELETE FROM held_names`);
});

const OPERATOR = { kind: 'operator', name: 'root' } as const;

const MD5 = LEGACY_HASHES['Django 3.2.25 md5'];
const ANN = [1, 'Ann', 'ann@example.org', MD5];
const BOB = [2, 'Bob', 'bob@example.org', LEGACY_HASHES['Werkzeug 2.2.2 pbkdf2:sha1']];

async function run(source: Source | string, options: ImportOptions = {}) {
	const rejects: Reject[] = [];
	const opened = typeof source === 'string' ? await openSource(source) : source;
	const onReject = (reject: Reject) => void rejects.push(reject);
	try {
		const summary = await importFrom(database.config.DATABASE_URL, opened, OPERATOR, { onReject, ...options });
		expect(addsUp(summary)).toBe(true);
		return { summary, rejects };
	} finally {
		await opened.close();
	}
}

const tally = (read: number, others: object = {}) => ({
	read,
	imported: 0,
	there: 0,
	merged: 0,
	rejected: 0,
	...others
});

function listMessages() {
	return queryRows<{ author_name: string; text: string; posted_at: Date; flagged: boolean }>(
		SQL`SELECT author_name, text, posted_at, flagged FROM messages ORDER BY id`
	);
}

test('takes users, messages and follows, and names each row that cannot be taken', async () => {
	const { path } = createClassic({
		users: [
			ANN,
			BOB,
			[3, '12345', 'digits@example.org', 'plain$$secret'],
			[4, 'Ann', 'another@example.org', MD5],
			[5, 'Bob', 'BOB@example.org', MD5],
			[6, 'x'.repeat(101), 'long@example.org', MD5],
			[7, Buffer.from('caf\xe9', 'latin1'), 'latin@example.org', MD5],
			[8, 'no address', 'nowhere', MD5]
		],
		messages: [
			[1, 2, 'second', 1_700_000_002, 0],
			[2, 1, 'first\r\nline \\n 🐦', 1_700_000_001, 0],
			[3, 1, 'flagged', 1_700_000_003, 1],
			[4, 5, 'of the doubled Bob', 1_700_000_004, 0],
			[5, 4, 'of another Ann', 1_700_000_005, 0],
			[6, 99, 'of nobody', 1_700_000_006, 0],
			[7, 1, 'y'.repeat(281), 1_700_000_007, 0],
			[8, 1, Buffer.from('caf\xe9', 'latin1'), 1_700_000_008, 0],
			[9, 1, 'undated', null, 0],
			[10, 1, 'misdated', 'yesterday', 0],
			[11, 1, ' \n', 1_700_000_011, 0]
		],
		followers: [
			[1, 2],
			[1, 2],
			[1, 5],
			[2, 1],
			[1, 1],
			[2, 5],
			[1, 99],
			[null, 1]
		]
	});
	const { summary, rejects } = await run(path);
	expect(summary).toEqual({
		users: tally(8, { imported: 3, merged: 1, rejected: 4 }),
		messages: tally(11, { imported: 4, rejected: 7 }),
		follows: tally(8, { imported: 2, merged: 2, rejected: 4 }),
		withoutPassword: 1
	});
	expect(await listMessages()).toEqual([
		{ author_name: 'Ann', text: 'first\nline \\n 🐦', posted_at: new Date(1_700_000_001_000), flagged: false },
		{ author_name: 'Bob', text: 'second', posted_at: new Date(1_700_000_002_000), flagged: false },
		{ author_name: 'Ann', text: 'flagged', posted_at: new Date(1_700_000_003_000), flagged: true },
		{ author_name: 'Bob', text: 'of the doubled Bob', posted_at: new Date(1_700_000_004_000), flagged: false }
	]);
	expect(await queryRows(SQL`SELECT text, reason FROM flags JOIN messages ON id = message_id`)).toEqual([
		{ text: 'flagged', reason: 'hidden before the move to this site' }
	]);
	expect(await findProfile('Ann', null)).toMatchObject({ messages: 1, followers: 1, following: 1 });
	expect(await findProfile('Bob', null)).toMatchObject({ messages: 2, followers: 1, following: 1 });
	expect(await findProfile('12345', null)).not.toBeNull();
	const reasons = rejects.map(({ kind, reason, row }) => `${kind} ${'id' in row ? row.id : ''}: ${reason}`).sort();
	expect(reasons).toEqual([
		'follow : nobody can follow themselves',
		'follow : nobody can follow themselves',
		'follow : one of the two has no account here: it does not exist there, or was rejected',
		'follow : the follower is missing',
		'message 10: the date is malformed, before 1970 or not in UTC',
		'message 11: the text is empty',
		'message 5: the author has no account here: it does not exist there, or was rejected',
		'message 6: the author has no account here: it does not exist there, or was rejected',
		'message 7: the text has more than 280 characters',
		'message 8: the text is not valid UTF-8',
		'message 9: the date is missing',
		'password 3: the format of the password is unknown, or its parameters make it too slow',
		'user 4: the name belongs to an account with another e-mail address',
		'user 6: Username: 100 characters at most',
		'user 7: the name is not valid UTF-8',
		'user 8: You have to enter a valid email address'
	]);
	expect(JSON.stringify(rejects)).not.toMatch(/secret|md5\$/);
});

test('lets people log in with their passwords, which are then hashed anew', async () => {
	await run(createClassic({ users: [ANN, [2, 'Eve', 'eve@example.org', 'plain$$secret']] }).path);
	expect(await logIn('Ann', 'wrong', { address: '::1', device: null })).toEqual({ invalid: true });
	expect(await logIn('Ann', LEGACY_PASSWORD, { address: '::1', device: null })).toMatchObject({
		user: { name: 'Ann' }
	});
	const stored = await queryRow<{ password_hash: string }>(SQL`SELECT password_hash FROM users WHERE name = 'Ann'`);
	expect(stored?.password_hash).toMatch(/^\$argon2id\$/);
	expect(await logIn('Eve', 'secret', { address: '::1', device: null })).toEqual({ invalid: true });
});

test('a later import takes only what is new, in each form of the source', async () => {
	const { path, database: old } = createClassic({
		users: [ANN, BOB],
		messages: [
			[1, 1, "it's", 1_700_000_001, 0],
			[2, 1, "it's", 1_700_000_001, 0]
		],
		followers: [[1, 2]]
	});
	await run(path);
	await execute(SQL`UPDATE users SET name = 'Anna' WHERE name = 'Ann'`);
	await execute(
		SQL`UPDATE messages SET text = '', flagged = true, deleted_at = now() WHERE id = (SELECT min(id) FROM messages)`
	);
	old.exec(`
		INSERT INTO user VALUES (3, 'Cid', 'cid@example.org', '!');
		INSERT INTO message VALUES (3, 3, 'new', 1700000000, 0), (4, 1, 'also new', 1700000009, 0);
		INSERT INTO follower VALUES (3, 1)`);
	const { summary } = await run(path);
	expect(summary).toEqual({
		users: tally(3, { imported: 1, there: 2 }),
		messages: tally(4, { imported: 2, there: 2 }),
		follows: tally(2, { imported: 1, there: 1 }),
		withoutPassword: 1
	});
	expect((await listMessages()).map(({ author_name, text }) => [author_name, text])).toEqual([
		['Anna', ''],
		['Anna', "it's"],
		['Cid', 'new'],
		['Anna', 'also new']
	]);
	await execute(SQL`DELETE FROM users WHERE name = 'Cid'`);
	const again = await run(path);
	expect(again.summary.messages).toEqual(tally(4, { there: 3, rejected: 1 }));
	expect(again.rejects[0]?.reason).toBe('the account was imported before and has been removed here');
});

test('a dry run decides everything and takes nothing', async () => {
	const { path } = createClassic({ users: [ANN], messages: [[1, 1, 'a', 1_700_000_001, 0]], followers: [[1, 1]] });
	const { summary, rejects } = await run(path, { dryRun: true });
	expect(summary).toMatchObject({ users: { imported: 1 }, messages: { imported: 1 }, follows: { rejected: 1 } });
	expect(rejects).toHaveLength(1);
	expect(await listMessages()).toEqual([]);
	expect(await findProfile('Ann', null)).toBeNull();
	expect((await run(path)).summary).toEqual(summary);
});

test('adds to accounts that were registered here only with --merge, and only to those with the same address', async () => {
	await createPerson({ name: 'Ann', email: 'Ann@Example.org' });
	await createPerson({ name: 'Bob', email: 'another@example.org' });
	const { path } = createClassic({
		users: [ANN, BOB],
		messages: [
			[1, 1, 'hers', 1_700_000_001, 0],
			[2, 2, 'not his', 1_700_000_002, 0]
		]
	});
	await expect(run(path)).rejects.toThrow('The site has accounts that no import made');
	const { summary, rejects } = await run(path, { merge: true });
	expect(summary.users).toEqual(tally(2, { merged: 1, rejected: 1 }));
	expect(summary.messages).toEqual(tally(2, { imported: 1, rejected: 1 }));
	expect(rejects[0]?.reason).toBe('the name belongs to an account with another e-mail address');
	expect((await run(path, { merge: true })).summary.users).toEqual(tally(2, { there: 1, rejected: 1 }));
});

test('does not give away a name that is held for its owner', async () => {
	await execute(SQL`INSERT INTO held_names (name, held_until) VALUES ('Ann', now() + interval '1 day')`);
	const { rejects } = await run(createClassic({ users: [ANN] }).path);
	expect(rejects).toEqual([expect.objectContaining({ reason: 'the name is held for the owner of a closed account' })]);
});

test('an import that fails leaves the site as it was, and can go on from what it had read', async () => {
	const { path } = createClassic({ users: [ANN], messages: [[1, 1, 'a', 1_700_000_001, 0]], followers: [[1, 99]] });
	const broken = await openSource(path);
	const rows = async function* (after: string) {
		yield* broken.rows(after);
		throw new Error('the line is dead');
	};
	await expect(run({ ...broken, rows })).rejects.toThrow('the line is dead');
	const interrupt = (step: string) => {
		if (step === 'take') throw new Error('interrupted');
	};
	await expect(run(path, { resume: true, onStep: interrupt })).rejects.toThrow('interrupted');
	expect(await findProfile('Ann', null)).toBeNull();
	const unread = {
		...(await openSource(path)),
		rows: () => [{ kind: 'user' as const, id: '1', name: '', email: '', password: '' }]
	};
	const { summary, rejects } = await run(unread, { resume: true });
	expect(summary).toMatchObject({ users: tally(1, { imported: 1 }), messages: tally(1, { imported: 1 }) });
	expect(rejects).toHaveLength(1);
	expect((await readPublicTimeline(null)).items.map(({ text }) => text)).toEqual(['a']);
});

test('the last step of a move reads only what may be new', async () => {
	const message = (id: number) => [id, 1, `number ${id}`, 1_700_000_000 + id, 0];
	const { path, database: classic } = createClassic({ users: [ANN], messages: [message(1), message(20_000)] });
	await expect(run(path, { sinceLast: true })).rejects.toThrow(`Nothing was imported from ${path} yet`);
	await run(path, { dryRun: true });
	await expect(run(path, { sinceLast: true })).rejects.toThrow('yet: import all of it first');
	await run(path);
	classic.prepare('INSERT INTO message VALUES (?, ?, ?, ?, ?)').run(...message(20_001));
	const { summary } = await run(path, { sinceLast: true });
	expect(summary).toMatchObject({ users: tally(1, { there: 1 }), messages: tally(2, { there: 1, imported: 1 }) });
	// The position is that of the source, not of the last import alone.
	expect((await run(path, { sinceLast: true })).summary.messages).toEqual(tally(2, { there: 2 }));
	expect((await listMessages()).map(({ text }) => text)).toEqual(['number 1', 'number 20000', 'number 20001']);
});

test('a user who was renamed at the source stays the same account, and one of another system with the same id and name does not become it', async () => {
	const message = (text: string) => [1, 1, text, 1_700_000_001, 0];
	await run(createClassic({ users: [ANN], messages: [message('hers')] }).path);
	const renamed = createClassic({ users: [[1, 'Anna', 'Ann@Example.org', MD5]], messages: [message('hers')] });
	expect((await run(renamed.path)).summary).toMatchObject({ users: { there: 1 }, messages: { there: 1 } });
	const other = createClassic({ users: [[1, 'Ann', 'ann@another.example', MD5]], messages: [message('not hers')] });
	expect((await run(other.path)).summary).toMatchObject({ users: { rejected: 1 }, messages: { rejected: 1 } });
	expect((await listMessages()).map(({ author_name, text }) => [author_name, text])).toEqual([['Ann', 'hers']]);
});

test('a follow that was ended here does not come back, whoever made it', async () => {
	const { path } = createClassic({ users: [ANN, BOB], followers: [[1, 2]] });
	await run(path);
	await execute(SQL`DELETE FROM follows`);
	expect((await run(path)).summary.follows).toEqual(tally(1, { there: 1 }));
	const mutual = createClassic({
		users: [ANN, BOB],
		followers: [
			[1, 2],
			[2, 1]
		]
	});
	await createFollow('Bob', 'Ann');
	expect((await run(mutual.path)).summary.follows).toEqual(tally(2, { there: 2 }));
	await execute(SQL`DELETE FROM follows`);
	expect((await run(mutual.path)).summary.follows).toEqual(tally(2, { there: 2 }));
	expect(await queryRows(SQL`SELECT FROM follows`)).toEqual([]);
});

test('a message whose id cannot be compared is rejected with its reason, also in the last step', async () => {
	const { path, database: classic } = createClassic({ users: [ANN] });
	classic.exec(`
		DROP TABLE message;
		CREATE TABLE message (message_id, author_id, text, pub_date, flagged);
		INSERT INTO message VALUES (NULL, 1, 'a', 1, 0), ('x', 1, 'a', 1, 0), (-2000000000000000000, 1, 'a', 1, 0), (5, 1, 'a', 1, 0)`);
	const { summary, rejects } = await run(path);
	expect(summary.messages).toEqual(tally(4, { imported: 1, rejected: 3 }));
	expect(rejects.map(({ reason }) => reason)).toContain('the id is missing');
	expect((await run(path, { sinceLast: true })).summary.messages).toEqual(tally(3, { there: 1, rejected: 2 }));
});

test('the id of a rejected message does not hide later ones from the last step', async () => {
	const { path, database: classic } = createClassic({
		users: [ANN],
		messages: [
			[5, 1, 'a', 1, 0],
			[900_000_000_000_000_000n, 1, '', 1, 0],
			[900_000_000_000_000_001n, 7, 'of nobody', 1, 0]
		]
	});
	await run(path);
	classic.exec(`INSERT INTO message VALUES (6, 1, 'b', 1, 0)`);
	expect((await run(path, { sinceLast: true })).summary.messages).toEqual(
		tally(4, { there: 1, imported: 1, rejected: 2 })
	);
});

test('what was read stays for --resume after a dry run, which reads by itself', async () => {
	const { path } = createClassic({ users: [ANN], messages: [[1, 1, 'a', 1_700_000_001, 0]] });
	const interrupt = (step: string) => {
		if (step === 'take') throw new Error('interrupted');
	};
	await expect(run(path, { onStep: interrupt })).rejects.toThrow('interrupted');
	expect((await run(path, { dryRun: true })).summary.messages).toEqual(tally(1, { imported: 1 }));
	const unread = { ...(await openSource(path)), rows: () => [] };
	expect((await run(unread, { resume: true })).summary.messages).toEqual(tally(1, { imported: 1 }));
});

/* The number of scans instead of the time, which depends on the machine. */
test('many users with one name and address do not make it read them all for each of them', async () => {
	const users = Array.from({ length: 300 }, (_, index) => [index + 1, 'Ann', 'ann@example.org', MD5]);
	const countScans = async () => {
		const stat = await queryRow<{ seq_scan: number }>(
			SQL`SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'import_users'`
		);
		return stat?.seq_scan ?? 0;
	};
	const before = await countScans();
	expect((await run(createClassic({ users }).path)).summary.users).toEqual(tally(300, { imported: 1, merged: 299 }));
	// The connection reports them when it ends.
	await expect.poll(countScans).toBeGreaterThan(before);
	expect((await countScans()) - before).toBeLessThan(100);
});
