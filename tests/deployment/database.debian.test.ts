import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Host, createHost } from '../drill/hosts.ts';
import { giveToOwner } from '../drill/owner.ts';
import { requireProgram } from './programs.ts';

/* One database host with its own scripts, on Debian's PostgreSQL. The drill tests them together. */

const root = mkdtempSync(join(tmpdir(), 'minitwit-host-'));
let host: Host;

beforeAll(async () => {
	giveToOwner(root);
	// No script here reaches the pooler.
	host = await createHost(root, 'host', { command: 'false', port: 1 });
	await host.start();
});
afterAll(() => {
	host?.kill();
	rmSync(root, { recursive: true, force: true });
});

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	return client
		.query(sql)
		.then(({ rows }) => rows)
		.finally(() => client.end());
}

/** The database URL of a role, without TLS. */
const inClear = (role: string) => host.urlOf(role).replace(/\?.*/, '');

test('shellcheck finds nothing in the scripts', () => {
	const scripts = globSync(['deployment/database/*.sh', 'tests/drill/stand-ins/*']);
	expect(scripts.length).toBeGreaterThan(10);
	execFileSync(requireProgram('shellcheck'), ['--external-sources', '--source-path=SCRIPTDIR', ...scripts]);
});

test('the app can connect only over TLS 1.3 with its password', async () => {
	const [connection] = await query(host.urlOf('app'), 'SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
	expect(connection).toEqual({ version: 'TLSv1.3' });
	await expect(query(inClear('app'), 'SELECT 1')).rejects.toThrow(/no pg_hba.conf entry .*no encryption/);
	const wrong = host.urlOf('app').replace(/:[0-9a-f]+@/, ':wrong@');
	await expect(query(wrong, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
});

test('nobody else can connect over the network: no superuser, no other database, no standby that queries', async () => {
	const url = new URL(host.urlOf('app'));
	url.username = 'postgres';
	await expect(query(url.href, 'SELECT 1')).rejects.toThrow(/no pg_hba.conf entry/);
	const elsewhere = host.urlOf('app').replace('/minitwit?', '/postgres?');
	await expect(query(elsewhere, 'SELECT 1')).rejects.toThrow(/no pg_hba.conf entry/);
	await expect(query(host.urlOf('replicator'), 'SELECT 1')).rejects.toThrow(/no pg_hba.conf entry/);
});

test('a second run of prepare.sh changes nothing, and only one user can read the secrets', async () => {
	const files = ['app_password', 'server.crt', 'server.key', 'ca.crt'];
	const read = () => files.map((file) => readFileSync(host.secret(file), 'utf8'));
	const before = read();
	await host.run('prepare.sh');
	expect(read()).toEqual(before);
	const modes = execFileSync('find', [join(host.folder, 'secrets'), join(host.folder, 'authority'), '-perm', '/077']);
	expect(modes.toString()).toBe('');
});

test('a new file and roles.sh change a password', async () => {
	writeFileSync(host.secret('readonly_password'), 'f00d');
	await expect(query(host.urlOf('readonly'), 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
	expect(await host.run('roles.sh')).toContain('Roles, passwords and privileges');
	expect(await query(host.urlOf('readonly'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('the log has one file per day and contains no password', async () => {
	const files = globSync(join(host.folder, 'logs', 'postgresql-???.log'));
	const text = files.map((file) => readFileSync(file, 'utf8')).join('');
	expect(text).toContain('database system is ready');
	for (const role of ['app', 'owner']) {
		expect(text).not.toContain(readFileSync(host.secret(`${role}_password`), 'utf8').trim());
	}
});

test('commands that would lose data or stop the app are refused and change nothing', async () => {
	await expect(host.run('promote.sh')).rejects.toThrow('This host is already a primary');
	await expect(host.run('synchronous.sh', 'on')).rejects.toThrow('No standby is connected');
	await expect(host.run('move.sh', '127.0.0.2', 'true')).rejects.toThrow('127.0.0.2 is not a standby of this host');
	await expect(host.run('restore.sh', 'yesterday-ish')).rejects.toThrow('yesterday-ish is not a valid time');
	for (const script of ['standby.sh', 'move.sh', 'synchronous.sh', 'pooler.sh'])
		await expect(host.run(script), script).rejects.toThrow('Usage');
	expect(await query(host.urlOf('app'), 'SELECT pg_is_in_recovery() AS standby')).toEqual([{ standby: false }]);
});
