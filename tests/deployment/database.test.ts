import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execFileSync } from 'node:child_process';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '#lib/server/config.ts';
import { databasePool } from '#lib/server/database/database.ts';
import { startDomain, stopDomain } from '#lib/server/lifecycle.ts';
import { follow } from '#lib/server/follows/following.ts';
import { createLogger } from '#lib/server/observability/log.ts';
import { deleteExpired } from '#lib/server/maintenance.ts';
import { logIn } from '#lib/server/accounts/log-in.ts';
import { postMessage } from '#lib/server/messages/post-message.ts';
import { findLatest, recordLatest } from '#lib/server/simulator/simulator-number.ts';
import { isSchemaCurrent, migrate } from '#lib/server/database/migrations.ts';
import { readNewMessages } from '#lib/server/messages/new-message-listener.ts';
import { register } from '#lib/server/accounts/registration.ts';
import { createSession, deleteSession, findSignedIn } from '#lib/server/accounts/sessions.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../bin/embedded-postgres.ts';
import { PASSWORD, createPerson } from '../factories.ts';

/* PostgreSQL 18 with the settings and the roles of deployment/database. The drill tests the scripts. */

const FOLDER = 'deployment/database';
const ROLES = ['owner', 'app', 'readonly', 'exporter', 'replicator'];
/** PostgreSQL's error code for insufficient privilege. */
const FORBIDDEN = '42501';
const CLIENT = { address: '127.0.0.1', device: null };

const folder = mkdtempSync(join(tmpdir(), 'minitwit-roles-'));
const secrets = join(folder, 'secrets');
let server: EmbeddedPostgres;

beforeAll(async () => {
	execFileSync('chmod', ['755', folder]);
	mkdirSync(secrets);
	for (const role of ROLES) writeFileSync(join(secrets, `${role}_password`), `word of ${role}\n`);
	server = await startEmbeddedPostgres(join(folder, 'server'), {
		config_file: resolve(FOLDER, 'postgresql.conf'),
		log_directory: 'log',
		// Settings from start.sh, and those for which this machine lacks a certificate and an archive.
		ssl: 'off',
		archive_command: 'true',
		fsync: 'off'
	});
	await query(server.urlOf('postgres'), 'CREATE DATABASE minitwit');
	await setRoles();
	await migrate(urlOf('owner'), 'sql/migrations');
	await setRoles();
});
afterAll(async () => {
	await server?.stop();
	rmSync(folder, { recursive: true, force: true });
});

function urlOf(role: string): string {
	const url = new URL(server.urlOf('minitwit'));
	url.username = `minitwit_${role}`;
	url.password = encodeURIComponent(`word of ${role}`);
	return url.href;
}

/** Runs roles.sql as roles.sh does. */
const setRoles = () =>
	query(
		server.urlOf('minitwit'),
		`SET minitwit.secrets = '${secrets}';${readFileSync(join(FOLDER, 'roles.sql'), 'utf8')}`
	);

async function query(url: string, sql: string): Promise<pg.QueryResult> {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	return client.query(sql).finally(() => client.end());
}

const refuses = (role: string, sql: string) =>
	expect(query(urlOf(role), sql), sql).rejects.toMatchObject({ code: FORBIDDEN });

test('PostgreSQL 18 accepts every setting', async () => {
	const { rows } = await query(
		server.urlOf('postgres'),
		`SELECT name, error FROM pg_file_settings WHERE sourcefile LIKE '%${FOLDER}%' AND NOT applied
		AND name NOT IN ('ssl', 'archive_command') AND error IS NOT NULL`
	);
	expect(rows).toEqual([]);
	const shown = await query(server.urlOf('postgres'), `SELECT current_setting('restore_command') AS restore`);
	expect(shown.rows[0].restore).toContain('pgbackrest');
});

describe("with the app's privileges only", () => {
	beforeAll(() => startDomain(readConfig({ DATABASE_URL: urlOf('app') }), createLogger('test', 'silent')));
	afterAll(stopDomain);

	test('users register, log in, post, follow, and reach limits', async () => {
		const alice = await createPerson();
		const address = '127.0.0.1';
		const bob = { name: 'bob of the roles', email: 'bob@example.org', password: PASSWORD };
		expect(await register(bob, { address })).toEqual({ kind: 'registered' });
		expect(await logIn(bob.name, 'wrong', CLIENT)).toHaveProperty('invalid');
		expect(await logIn(bob.name, PASSWORD, CLIENT)).toHaveProperty('user');
		const session = await createSession(alice.id);
		expect((await findSignedIn(session))?.user.id).toBe(alice.id);
		await deleteSession(session);
		await deleteExpired();
		const message = { text: 'From the app', clientId: crypto.randomUUID(), owner: alice.id };
		for (const isNew of [true, false])
			expect(await postMessage({ ...alice, address }, message)).toMatchObject({ kind: 'posted', isNew });
		const simulated = { text: 'From the simulator', clientId: null, owner: null };
		await recordLatest(7);
		expect(await findLatest()).toBe(7);
		expect(await postMessage({ name: bob.name }, simulated)).toMatchObject({ kind: 'posted' });
		expect(await follow({ ...alice, address }, bob.name, alice.id)).toEqual({ kind: 'done' });
		expect(await readNewMessages(0)).toHaveLength(2);
		expect(await isSchemaCurrent('sql/migrations')).toBe(true);
	});

	test('its role has the settings that it sends when it connects', async () => {
		const names = ['random_page_cost', 'jit', 'plan_cache_mode', 'statement_timeout', 'lock_timeout'];
		const { rows } = await query(
			urlOf('app'),
			`SELECT ${names.map((name) => `current_setting('${name}') AS ${name}`)}`
		);
		expect(rows).toEqual([
			{
				random_page_cost: '1.1',
				jit: 'off',
				plan_cache_mode: 'force_generic_plan',
				statement_timeout: '10s',
				lock_timeout: '8s'
			}
		]);
	});

	test('tables cannot be created, altered, truncated or granted', async () => {
		await refuses('app', 'CREATE TABLE mine ()');
		await refuses('app', 'ALTER TABLE messages ADD COLUMN more text');
		await refuses('app', 'TRUNCATE messages CASCADE');
		await refuses('app', 'CREATE SCHEMA mine');
		await refuses('app', `SELECT pg_read_file('/etc/passwd')`);
	});
});

describe('the log', () => {
	/** A value that no line may contain. */
	const hidden = (what: string) => `${what}-${crypto.randomUUID()}`;
	const admin = (sql: string) => query(server.urlOf('minitwit'), sql);

	/** What is logged until the work is done. */
	async function logOf(work: () => Promise<void>): Promise<string> {
		const [start, end] = [hidden('start'), hidden('end')];
		const read = async () => {
			const { rows } = await admin(`SELECT pg_read_file('log/' || name) AS text FROM pg_ls_logdir() `);
			return rows.map(({ text }) => text as string).join('');
		};
		await admin(`SELECT '${start}'`);
		await work();
		await admin(`SELECT '${end}'`);
		await expect.poll(read, { timeout: 10_000 }).toContain(end);
		const log = await read();
		return log.slice(log.indexOf(start), log.indexOf(end));
	}

	beforeAll(async () => {
		// Logs all statements, as if each were slow.
		await admin('ALTER DATABASE minitwit SET log_min_duration_statement = 0');
		startDomain(readConfig({ DATABASE_URL: urlOf('app') }), createLogger('test', 'silent'));
	});
	afterAll(async () => {
		await stopDomain();
		await admin('ALTER DATABASE minitwit RESET log_min_duration_statement');
	});

	test('contains statements and errors without values', async () => {
		const [email, password, text] = [`${hidden('mail')}@example.org`, hidden('word'), hidden('text')];
		const [name, address] = [hidden('name'), '203.0.113.77'];
		let session = '';
		const log = await logOf(async () => {
			expect(await register({ name, email, password }, { address })).toEqual({ kind: 'registered' });
			const outcome = await logIn(name, password, { address, device: null });
			if (!('user' in outcome)) throw new Error('The log-in failed');
			const { user } = outcome;
			session = await createSession(user.id);
			await findSignedIn(session);
			await postMessage({ ...user, address }, { text, clientId: crypto.randomUUID(), owner: user.id });
			const writes = [
				['INSERT INTO users (name, email, password_hash) VALUES ($1, $2, $3)', [name, email, '$argon2id$hash']],
				['INSERT INTO users (name, email, password_hash) VALUES ($1, NULL, $2)', [hidden('name'), '$argon2id$hash']]
			] as const;
			for (const [sql, values] of writes) await expect(databasePool().query(sql, [...values])).rejects.toThrow();
		});
		expect(log).toContain('INSERT INTO users');
		expect(log).toContain('duplicate key value');
		for (const value of [email, password, name, text, session, address, '$argon2', 'argon2id'])
			expect(log).not.toContain(value);
	});
});

test('dashboards read only permitted columns, and write nothing', async () => {
	await query(urlOf('readonly'), 'SELECT id, name, created_at FROM users');
	await query(urlOf('readonly'), 'SELECT count(*) FROM messages JOIN follows ON true JOIN user_counts ON true');
	for (const column of ['password_hash', 'email', '*']) await refuses('readonly', `SELECT ${column} FROM users`);
	for (const table of ['sessions', 'rate_limits', 'known_devices']) await refuses('readonly', `SELECT FROM ${table}`);
	await refuses('readonly', `BEGIN READ WRITE; DELETE FROM messages`);
});

test('the exporter reads statistics but no rows; a standby can only replicate', async () => {
	const { rows } = await query(urlOf('exporter'), 'SELECT count(*) > 0 AS some FROM pg_stat_activity');
	expect(rows).toEqual([{ some: true }]);
	await refuses('exporter', 'SELECT FROM messages');
	await refuses('replicator', 'SELECT 1');
	const { rows: roles } = await query(
		server.urlOf('postgres'),
		`SELECT rolname FROM pg_roles WHERE rolname LIKE 'minitwit\\_%' AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls)`
	);
	expect(roles).toEqual([]);
});

test('a second run of roles.sql gives a role the current password in its file', async () => {
	writeFileSync(join(secrets, 'exporter_password'), 'another word');
	await setRoles();
	await expect(query(urlOf('exporter'), 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
});
