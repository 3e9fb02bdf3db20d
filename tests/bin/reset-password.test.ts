import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findResettable } from '#lib/server/accounts/password-reset.ts';
import { findFreePort } from '../../bin/ports.ts';
import { createPerson } from '../factories.ts';
import { useDatabase } from '../use-database.ts';

const database = useDatabase();

function run(args: string[], keys: Record<string, string> = { DATABASE_URL: database.config.DATABASE_URL }) {
	const env = { PATH: process.env.PATH, ...keys };
	const { status, stdout, stderr } = spawnSync(process.execPath, ['bin/reset-password.ts', ...args], {
		env,
		encoding: 'utf8'
	});
	return { status, stdout, lines: (stdout + stderr).trim().split('\n') };
}

test('prints a link that works, with the address to which it belongs', async () => {
	const alice = await createPerson({ email: 'alice@example.org' });
	const keys = { DATABASE_URL: database.config.DATABASE_URL, ORIGIN: 'https://minitwit.example' };
	const { status, lines } = run([alice.name], keys);
	expect(status).toBe(0);
	expect(lines).toEqual([
		`For ${alice.name} <alice@example.org>, once, within 30 minutes:`,
		expect.stringMatching(/^https:\/\/minitwit\.example\/reset\/[\w-]{43}$/)
	]);
	const token = lines[1]?.split('/').at(-1) ?? '';
	expect(await findResettable(token)).toMatchObject({ id: alice.id });
	expect(run([alice.name]).lines[1]).toMatch(/^http:\/\/127\.0\.0\.1:3000\/reset\//);
	expect(await findResettable(token)).toBeNull();
});

test('says in one sentence what is wrong', async () => {
	const empty = mkdtempSync(join(tmpdir(), 'minitwit-reset-'));
	onTestFinished(() => rmSync(empty, { recursive: true }));
	const away = `postgres://a:b@127.0.0.1:${await findFreePort()}/c`;
	for (const [args, keys, expected, sentence] of [
		[['nobody at all'], undefined, 1, 'Nobody here is called "nobody at all": check the spelling.'],
		[['alice'], { DATA_FOLDER: empty }, 1, /^No database was found/],
		[['alice'], { DATABASE_URL: away }, 1, /^Nothing answers at the address in DATABASE_URL/],
		[[], undefined, 2, /^One username is needed/],
		[['two', 'names'], undefined, 2, /^One username is needed/]
	] as const) {
		const { status, lines } = run([...args], keys);
		expect(lines).toEqual([expect.stringMatching(sentence)]);
		expect(status).toBe(expected);
	}
	expect(run(['--help']).stdout).toContain('npm run reset-password -- NAME');
});
