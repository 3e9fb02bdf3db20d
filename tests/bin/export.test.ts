import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { expect, inject, onTestFinished, test } from 'vitest';
import { SQL, execute } from '#lib/server/database/database.ts';
import { importFrom } from '#lib/server/import/import.ts';
import { writeNewFile } from '../../bin/export/new-file.ts';
import { openSource } from '../../bin/import/open-source.ts';
import { createTestDatabase } from '../database-server.ts';
import { createFollow, createMessage, createPerson } from '../factories.ts';
import { useProgram } from './use-program.ts';

const { run, json } = useProgram();

function createFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), 'minitwit-export-'));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	return folder;
}

/** Imports a file into an empty site and resolves to the rows that a statement finds there. */
async function importInto(path: string, select: string): Promise<unknown[]> {
	const other = await createTestDatabase(inject('serverUrl'));
	onTestFinished(other.drop);
	const source = await openSource(path);
	await importFrom(other.url, source, { kind: 'operator', name: 'root' });
	await source.close();
	const client = new pg.Client({ connectionString: other.url });
	await client.connect();
	const { rows } = await client.query(select);
	await client.end();
	return rows;
}

test('a site that is exported can be imported with everything but what its people removed', async () => {
	const [ann, bob, closed] = [await createPerson(), await createPerson(), await createPerson()];
	await execute(SQL`UPDATE users SET bio = 'counts', created_at = '2021-01-01 12:00:00.123Z' WHERE id = ${ann.id}`);
	await createMessage(ann.id, "it's\nfine", null);
	await createMessage(bob.id, 'hidden', null);
	await execute(SQL`UPDATE messages SET flagged = true WHERE author_id = ${bob.id}`);
	await createMessage(bob.id, 'deleted', null);
	await execute(SQL`UPDATE messages SET text = '', flagged = true, deleted_at = now() WHERE text = 'deleted'`);
	await createMessage(closed.id, 'of a closed account', null);
	for (const [follower, followee] of [
		[ann, bob],
		[bob, closed],
		[closed, bob]
	] as const)
		await createFollow(follower.name, followee.name);
	await execute(SQL`INSERT INTO closed_accounts (user_id) VALUES (${closed.id})`);

	const path = join(createFolder(), 'site.db');
	expect(await json(['export', '--to', path])).toEqual({ users: 2, messages: 2, follows: 1, file: path });
	expect(statSync(path).mode & 0o777).toBe(0o600);
	const rows = await importInto(
		path,
		`SELECT name, password_hash LIKE '$argon2id$%' AS strong, bio, extract(year FROM created_at)::integer AS year, text, flagged,
			(SELECT count(*)::integer FROM follows WHERE follower_id = users.id) AS following
		FROM users JOIN messages ON author_id = users.id ORDER BY users.id`
	);
	expect(rows).toEqual([
		{ name: ann.name, strong: true, bio: 'counts', year: 2021, text: "it's\nfine", flagged: false, following: 1 },
		{ name: bob.name, strong: true, bio: null, year: expect.any(Number), text: 'hidden', flagged: true, following: 0 }
	]);
});

test('an account is exported as JSON, without its password', async () => {
	const ann = await createPerson();
	await createMessage(ann.id, 'mine', null);
	const path = join(createFolder(), 'ann.json');
	expect(await run(['export', '--user', ann.name, '--to', path])).toMatchObject({ status: 0 });
	const text = readFileSync(path, 'utf8');
	expect(JSON.parse(text)).toMatchObject({ account: { id: ann.id, name: ann.name }, messages: [{ text: 'mine' }] });
	expect(text).not.toContain('argon2');
});

test('an export never overwrites a file, and leaves none behind that is incomplete', async () => {
	const path = join(createFolder(), 'kept.db');
	writeFileSync(path, 'precious');
	const refused = await run(['export', '--to', path]);
	expect(refused).toMatchObject({ status: 1, reported: [expect.stringContaining('exists already')] });
	expect(readFileSync(path, 'utf8')).toBe('precious');
	const missing = join(createFolder(), 'nobody.json');
	expect(await run(['export', '--user', 'nobody', '--to', missing])).toMatchObject({ status: 1 });
	expect(existsSync(missing)).toBe(false);
	const failing = join(createFolder(), 'failing.db');
	const write = () => Promise.reject(new Error('no more rows'));
	await expect(writeNewFile(failing, write)).rejects.toThrow('no more rows');
	expect(readdirSync(dirname(failing))).toEqual([]);
	writeFileSync(`${failing}.part`, 'of another export');
	expect(await run(['export', '--to', failing])).toMatchObject({
		status: 1,
		reported: [expect.stringContaining('is left from an interrupted export, or belongs to one that runs')]
	});
	expect(readFileSync(`${failing}.part`, 'utf8')).toBe('of another export');
});

test('a file has its name only when it is complete, and an interrupted export leaves none', async () => {
	const path = join(createFolder(), 'site.db');
	await writeNewFile(path, async (part) => {
		expect(readdirSync(dirname(path))).toEqual(['site.db.part']);
		expect(statSync(part).mode & 0o777).toBe(0o600);
	});
	expect(readdirSync(dirname(path))).toEqual(['site.db']);
	rmSync(path);
	const script = `
		import { writeNewFile } from './bin/export/new-file.ts';
		setInterval(() => undefined, 1_000);
		await writeNewFile(${JSON.stringify(path)}, () => new Promise(() => process.kill(process.pid, 'SIGINT')));`;
	const { signal } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', script]);
	expect(signal).toBe('SIGINT');
	expect(readdirSync(dirname(path))).toEqual([]);
});
