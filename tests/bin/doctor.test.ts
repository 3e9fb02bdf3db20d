import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '#lib/server/config.ts';
import { SQL, execute } from '#lib/server/database/database.ts';
import { findFreePort } from '../../bin/ports.ts';
import type { Site } from '../../bin/program/site.ts';
import { createPerson } from '../factories.ts';
import { runWith, useProgram } from './use-program.ts';

const program = useProgram();

interface Finding {
	check: string;
	verdict: string;
	found: string;
	advice: string;
}

/** Resolves to the exit status, and the findings that are not ok, as texts. The test server does not wait for its disk. */
async function examine(keys: Record<string, string> = {}, site: Partial<Site> = {}) {
	const { DATABASE_URL } = program.database.config;
	const config = async () => readConfig({ DATABASE_URL, ...keys });
	const outcome = await runWith({ readConfig: config, withDatabase: (work) => work(), ...site }, ['doctor', '--json']);
	const findings: Finding[] = JSON.parse(outcome.lines.join('\n'));
	const bad = findings.filter(
		({ verdict, found }) => verdict !== 'ok' && !/^(fsync|full_page|synchronous)/.test(found)
	);
	return {
		status: outcome.status,
		findings,
		bad: bad.map(({ check, verdict, found }) => `${verdict} ${check}: ${found}`)
	};
}

test('a site that is well has a verdict for each check', async () => {
	const { findings, bad } = await examine();
	expect(bad.filter((text) => !text.includes(' disk: '))).toEqual([]);
	expect([...new Set(findings.map(({ check }) => check))]).toEqual([
		...['configuration', 'database', 'settings', 'migrations', 'schema', 'expired rows', 'clock', 'disk', 'replica']
	]);
});

test('settings that endanger the data are problems, with what to do', async () => {
	const { status, findings } = await examine();
	expect(findings).toContainEqual({
		check: 'settings',
		verdict: 'problem',
		found: 'fsync is off',
		advice: 'Turn it on: a crash can destroy the database.'
	});
	expect(status).toBe(1);
	const { lines } = await program.run(['doctor']);
	expect(lines.join('\n')).toMatch(/^problem +settings +fsync is off\. Turn it on/m);
});

test('a configuration with a published password is a problem, one without mail a warning', async () => {
	const { bad } = await examine({ HOST: '0.0.0.0', ORIGIN: 'https://minitwit.example' });
	expect(bad).toEqual(
		expect.arrayContaining([
			'problem configuration: a published password would be accepted',
			'warning configuration: no mail server: nobody can ask for a new password'
		])
	);
});

test('pending migrations, broken indexes, disabled triggers and overdue rows are found', async () => {
	const folder = mkdtempSync(join(tmpdir(), 'minitwit-doctor-'));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	const { id } = await createPerson();
	await execute(SQL`UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'messages_removed'::regclass`);
	await execute(SQL`ALTER TABLE follows DISABLE TRIGGER follows_count_deleted`);
	await execute(SQL`DELETE FROM schema_version WHERE version = (SELECT max(version) FROM schema_version)`);
	await execute(SQL`
		INSERT INTO sessions (id_hash, user_id, expires_at) VALUES (sha256('old'), ${id}, now() - interval '2 hours')`);
	const { bad } = await examine();
	expect(bad.filter((text) => !text.includes(' disk: '))).toEqual([
		expect.stringMatching(/^problem migrations: pending: \d{4}\.do\./),
		'problem schema: the index messages_removed is not valid',
		'problem schema: the trigger follows_count_deleted is disabled',
		'warning expired rows: 1 should have been removed an hour ago or earlier'
	]);
});

test('a replica that does not answer, or is none, is a problem', async () => {
	const away = `postgres://a:b@127.0.0.1:${await findFreePort()}/c`;
	expect((await examine({ DATABASE_READ_URL: away })).bad.at(-1)).toMatch(/^problem replica: does not answer/);
	const { DATABASE_URL } = program.database.config;
	expect((await examine({ DATABASE_READ_URL: DATABASE_URL })).bad.at(-1)).toBe('problem replica: is no standby');
});

test('without a configuration or a database, that is the finding', async () => {
	const broken = await examine({ PORT: 'eighty' });
	expect([broken.status, broken.findings]).toMatchObject([
		1,
		[{ check: 'configuration', advice: expect.stringContaining('PORT') }]
	]);
	const away = async () => {
		throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
	};
	expect((await examine({}, { withDatabase: away })).bad).toEqual(['problem database: does not answer']);
});
