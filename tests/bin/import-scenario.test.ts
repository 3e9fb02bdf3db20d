import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { SQL, queryRow } from '#lib/server/database/database.ts';
import { findExistingNames } from '#lib/server/accounts/users.ts';
import { logIn } from '#lib/server/accounts/log-in.ts';
import { listAuditRecords } from '#lib/server/moderation/audit-records.ts';
import { EXIT } from '../../bin/program/define-command.ts';
import { createPerson } from '../factories.ts';
import { useProgram } from './use-program.ts';

const program = useProgram();

/** Writes a log to a file that is removed with the test. Returns its path. */
function writeLog(lines: string[]): string {
	const folder = mkdtempSync(join(tmpdir(), 'minitwit-'));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	writeFileSync(join(folder, 'log.tsv'), lines.join('\n'));
	return join(folder, 'log.tsv');
}

const countRows = () =>
	queryRow(SQL`
	SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM messages) AS messages,
		(SELECT count(*) FROM follows) AS follows, (SELECT max(number) FROM simulator_latest) AS latest`);

const canLogIn = async (name: string, password: string) =>
	'user' in (await logIn(name, password, { address: '192.0.2.1', device: null }));

test('a scenario’s users are registered, once and nothing else of it', async () => {
	const { name: taken } = await createPerson({ password: 'of the person here' });
	const log = writeLog([
		`0\t0\t0\tregister\t${taken}\tother@example.org\tof the log`,
		'1\t0\t0\tregister\tann <ß>\tann@example.org\ta\tb',
		'2\t0\t0\ttweet\tann <ß>\tone',
		'3\t0\t0\tregister\tben\tnone\tpw',
		'4\t0\t0\tregister\tben\tben@example.org\tsecond try',
		'5\t0\t0\tregister\tben\tben@example.org\tthird try',
		'6\t0\t0\tfollow\tben\tann <ß>',
		'7\t0\t0\ttweet\tnobody\tone',
		'8\t0\t0\tregister\tsimulator\ts@example.org\tpw',
		`9\t0\t0\tregister\t${'x'.repeat(101)}\tx@example.org\tpw`
	]);
	expect(await program.run(['import', '--from-scenario', log])).toMatchObject({
		status: EXIT.remarks,
		lines: [
			'Rejected action 3, "ben": You have to enter a valid email address',
			'Rejected action 8, "simulator": The username is already taken',
			`Rejected action 9, "${'x'.repeat(101)}": Username: 100 characters at most`,
			'Registrations: 7 read, 2 imported, 2 already there, 3 rejected'
		]
	});
	expect(await countRows()).toEqual({ users: 3, messages: 0, follows: 0, latest: null });
	expect(await canLogIn('ann <ß>', 'a\tb')).toBe(true);
	expect(await canLogIn('ben', 'second try')).toBe(true);
	expect([await canLogIn(taken, 'of the person here'), await canLogIn(taken, 'of the log')]).toEqual([true, false]);
	const again = await program.json(['import', '--from-scenario', log]);
	expect(again).toMatchObject({ read: 7, imported: 0, there: 5, rejected: [{ number: 8 }, { number: 9 }] });
	expect(await countRows()).toMatchObject({ users: 3 });
	const records = await listAuditRecords({ before: null, limit: 10, userName: null });
	// Before anybody is registered, a record says that it begins: an interrupted import adds no other.
	const begun = { action: 'import', details: { source: log, read: 7, unfinished: true } };
	expect(records).toMatchObject([
		begun,
		{ action: 'import', actor_kind: 'operator', details: { source: log, read: 7, imported: 2, there: 2, rejected: 3 } },
		begun
	]);
});

test('a file that is not a scenario is a usage error and registers nobody', async () => {
	const log = writeLog(['0\t0\t0\tregister\tcy\tcy@example.org\tpw', 'no action']);
	const { status, reported } = await program.run(['import', '--from-scenario', log]);
	expect([status, reported]).toEqual([EXIT.usage, [expect.stringMatching(/log\.tsv, line 2: 1 fields/)]]);
	expect(await findExistingNames(['cy'])).toEqual(new Set());
});

test.each([
	[[], 'Say what to import, with --from or --from-scenario.'],
	[['--from-scenario', 'log.tsv', '--from', 'minitwit.db'], expect.stringContaining('stands alone')],
	[['--from-scenario', 'log.tsv', '--dry-run'], expect.stringContaining('stands alone')]
])('the arguments %j are a usage error', async (args, sentence) => {
	expect(await program.run(['import', ...args])).toMatchObject({ status: EXIT.usage, reported: [sentence] });
});
