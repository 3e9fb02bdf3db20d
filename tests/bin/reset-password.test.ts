import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findResettable } from '#lib/server/accounts/password-reset.ts';
import { listAuditRecords } from '#lib/server/moderation/audit-records.ts';
import { createPerson } from '../factories.ts';
import { useProgram } from './use-program.ts';

const { run, json, database } = useProgram({ ORIGIN: 'https://minitwit.example' });

test('prints a link that works, with the address to which it belongs, and records it', async () => {
	const { id, name } = await createPerson({ email: 'alice\u001b[31m@example.org' });
	const { status, lines } = await run(['users', 'reset-password', name, '--by', 'root', '--reason', 'lost']);
	expect(status).toBe(0);
	expect(lines).toEqual([
		`For ${name} <alice?[31m@example.org>, once, within 30 minutes:`,
		expect.stringMatching(/^https:\/\/minitwit\.example\/reset\/[\w-]{43}$/)
	]);
	const token = lines[1]?.split('/').at(-1) ?? '';
	expect(await findResettable(token)).toMatchObject({ id });
	expect(await json(['users', 'reset-password', name])).toMatchObject({ name, minutes: 30 });
	expect(await findResettable(token)).toBeNull();
	expect(await listAuditRecords({ before: null, limit: 9, userName: name })).toMatchObject([
		{ action: 'user.reset-password', reason: null },
		{ action: 'user.reset-password', reason: 'lost', actor_kind: 'operator', actor_name: 'root' }
	]);
});

test.each([
	[['nobody at all'], 1, 'Nobody here is called "nobody at all": check the spelling.'],
	[[], 2, /^An argument is missing/],
	[['two', 'names'], 2, /^Unknown option or argument: names/]
] as const)('says in one sentence what is wrong with %j', async (args, expected, sentence) => {
	const { status, lines, reported } = await run(['users', 'reset-password', ...args]);
	expect([status, lines, reported]).toEqual([expected, [], [expect.stringMatching(sentence)]]);
});

test('runs as a program, in any folder and on any version of Node', async () => {
	const { name } = await createPerson();
	const env = { PATH: process.env.PATH, DATABASE_URL: database.config.DATABASE_URL };
	const output = execFileSync(join(process.cwd(), 'bin/minitwit.js'), ['users', 'reset-password', name, '--json'], {
		env,
		cwd: tmpdir(),
		encoding: 'utf8'
	});
	expect(JSON.parse(output)).toMatchObject({
		name,
		link: expect.stringMatching(/^http:\/\/127\.0\.0\.1:3000\/reset\//)
	});
});
