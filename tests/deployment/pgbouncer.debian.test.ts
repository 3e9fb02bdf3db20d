import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '#lib/server/config.ts';
import { SQL, queryRow } from '#lib/server/database/database.ts';
import { startDomain, stopDomain } from '#lib/server/lifecycle.ts';
import { createLogger } from '#lib/server/observability/log.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../bin/embedded-postgres.ts';
import { SIMULATOR } from '../api/use-api.ts';
import { newVisitor } from '../e2e/visitor.ts';
import { PASSWORD } from '../factories.ts';
import { type RunningPooler, readSettings, startPooler } from './pgbouncer.ts';
import { requireProgram } from './programs.ts';
import { type Replica, startReplica } from './replicas.ts';

/*
 * The servers behind a real PgBouncer with production's settings, including TLS and roles. Debian 12 has
 * PgBouncer 1.18, which does not support named statements in transaction mode: only for that version, the tests use
 * session pooling and cover everything else.
 */

const ROLES = ['owner', 'app', 'readonly', 'exporter', 'replicator'];
/** The user of PostgreSQL and PgBouncer, which both refuse to run as root; it owns their files. */
const user = process.getuid?.() === 0 ? 'postgres' : null;
const folder = mkdtempSync(join(tmpdir(), 'minitwit-pgbouncer-'));
const secrets = join(folder, 'secrets');

let postgres: EmbeddedPostgres;
let pooler: RunningPooler;
let web: Replica;
let api: Replica;

const addressOf = (role: string, database: string) =>
	`postgres://minitwit_${role}:${role}-word@127.0.0.1:${pooler.port}/${database}?sslmode=verify-full&sslrootcert=${secrets}/ca.crt`;

beforeAll(async () => {
	execFileSync('chmod', ['755', folder]);
	makeSecrets();
	postgres = await startEmbeddedPostgres(join(folder, 'postgres'), {
		ssl: 'on',
		ssl_cert_file: join(secrets, 'server.crt'),
		ssl_key_file: join(secrets, 'server.key')
	});
	await makeDatabase();
	pooler = await startPooler(secrets, Number(new URL(postgres.urlOf('minitwit')).port), user);
	await migrateTwice();
	const direct = { DATABASE_DIRECT_URL: addressOf('app', 'minitwit_direct') };
	web = await startReplica('web', addressOf('app', 'minitwit'), folder, direct);
	api = await startReplica('api', addressOf('app', 'minitwit'), folder, direct);
});
afterAll(async () => {
	await Promise.all([web?.stop(), api?.stop()]);
	await pooler?.stop();
	await postgres?.stop();
	rmSync(folder, { recursive: true, force: true });
});

/** Production's /run/secrets: passwords, and a certificate signed by a private authority. */
function makeSecrets(): void {
	mkdirSync(secrets);
	for (const role of ROLES) writeFileSync(join(secrets, `${role}_password`), `${role}-word`);
	writeFileSync(
		join(secrets, 'pgbouncer_users.txt'),
		['app', 'owner'].map((role) => `"minitwit_${role}" "${role}-word"\n`).join('')
	);
	const [key, certificate] = [join(secrets, 'server.key'), join(secrets, 'server.crt')];
	const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
	const names = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
	execFileSync(requireProgram('openssl'), [...kind, ...names, '-keyout', key, '-out', certificate], {
		stdio: 'ignore'
	});
	execFileSync('cp', [certificate, join(secrets, 'ca.crt')]);
	execFileSync('chmod', ['600', key]);
	if (user) execFileSync('chown', ['-R', user, secrets]);
}

/** Creates the database as deployment/database does. */
async function makeDatabase(): Promise<void> {
	await runSql('postgres', 'CREATE DATABASE minitwit');
	await runSql('minitwit', readFileSync('deployment/database/roles.sql', 'utf8'));
}

async function runSql(database: string, sql: string): Promise<pg.QueryResult> {
	const options = `-c minitwit.secrets=${secrets}`;
	const client = new pg.Client({ connectionString: postgres.urlOf(database), options });
	await client.connect();
	return client.query(sql).finally(() => client.end());
}

/** Two concurrent migrations, as from two hosts: one migrates, the other waits. */
async function migrateTwice(): Promise<void> {
	const env = {
		PATH: process.env.PATH,
		DATABASE_URL: addressOf('owner', 'minitwit'),
		DATABASE_DIRECT_URL: addressOf('owner', 'minitwit_direct')
	};
	const migrate = async () =>
		(await promisify(execFile)(process.execPath, ['bin/minitwit.js', 'migrate'], { env })).stdout;
	const said = await Promise.all([migrate(), migrate()]);
	expect(said.filter((output) => output.includes('Applied 0001')).length).toBe(1);
	for (const output of said) expect(output).toContain('The database is up to date');
}

test('production uses transaction pooling, supports named statements, and requires TLS', () => {
	const settings = readSettings();
	expect(settings).toMatchObject({
		pool_mode: 'transaction',
		auth_type: 'scram-sha-256',
		client_tls_sslmode: 'require',
		server_tls_sslmode: 'verify-full'
	});
	expect(Number(settings.max_prepared_statements)).toBeGreaterThanOrEqual(100);
	expect(readFileSync('deployment/database/pgbouncer/databases.ini', 'utf8')).toMatch(
		/^minitwit_direct = .* pool_mode=session\b/m
	);
});

test('start-up settings also apply behind the pooler, through the role', async () => {
	const settings = ['random_page_cost', 'jit', 'plan_cache_mode', 'statement_timeout'];
	const read = async (url: string) => {
		startDomain(readConfig({ DATABASE_URL: url }), createLogger('test', 'silent'));
		try {
			const values = settings.map((name) => queryRow<{ value: string }>(SQL`SELECT current_setting(${name}) AS value`));
			return (await Promise.all(values)).map((row) => row?.value);
		} finally {
			await stopDomain();
		}
	};
	// A role without its own settings gets those that database.ts requests.
	expect(await read(addressOf('app', 'minitwit'))).toEqual(await read(postgres.urlOf('minitwit')));
});

test('the API works through it with sixty concurrent requests', async () => {
	const headers = { authorization: SIMULATOR, 'content-type': 'application/json' };
	const post = (path: string, body: object) =>
		fetch(api.origin + path, { method: 'POST', headers, body: JSON.stringify(body) });
	for (const username of ['alice', 'bob'])
		expect((await post('/register', { username, email: 'a@example.org', pwd: PASSWORD })).status).toBe(204);
	const answers = Array.from({ length: 60 }, async (_, number) => {
		const latest = `latest=${number}`;
		const posted = await post(`/msgs/alice?${latest}`, { content: `Number ${number}` });
		const followed = await post(`/fllws/bob?${latest}`, { follow: 'alice' });
		const reads = ['/msgs', '/msgs/alice', '/fllws/bob'].map((path) =>
			fetch(`${api.origin}${path}?${latest}`, { headers })
		);
		return [posted, followed, ...(await Promise.all(reads))].map(({ status }) => status);
	});
	for (const statuses of await Promise.all(answers)) expect(statuses).toEqual([204, 204, 200, 200, 200]);
	const messages = (await (await fetch(`${api.origin}/msgs/alice?no=100`, { headers })).json()) as {
		content: string;
	}[];
	expect(new Set(messages.map(({ content }) => content)).size).toBe(60);
	expect((await (await fetch(`${api.origin}/latest`)).json()).latest).toBeGreaterThanOrEqual(0);
});

test('the web app works through it: registration, log-in, limits, posts, reads', async () => {
	const visitor = newVisitor(web.origin);
	const registration = { username: 'charlie', email: 'c@example.org', password: PASSWORD, password2: PASSWORD };
	expect((await visitor.post('/register', registration)).location).toBe('/login');
	expect((await visitor.post('/login', { username: 'charlie', password: 'wrong' })).status).toBe(400);
	expect((await visitor.post('/login', { username: 'charlie', password: PASSWORD })).location).toBe('/');
	expect((await visitor.post('/add_message', { text: 'Through the pooler', id: crypto.randomUUID() })).status).toBe(
		303
	);
	const pages = Array.from({ length: 30 }, (_, number) => visitor.get(['/', '/public', '/charlie'][number % 3] ?? '/'));
	for (const { status, body } of await Promise.all(pages)) {
		expect(status).toBe(200);
		expect(body).toContain('Through the pooler');
	}
});

test('readers see a new message at once, because the listener has its own session', async () => {
	// Without a notification, the server polls only every 15 s.
	const given = AbortSignal.timeout(10_000);
	const stream = await fetch(`${web.origin}/events?timeline=public&after=${Number.MAX_SAFE_INTEGER}`, {
		signal: given
	});
	const listeners = "FROM pg_stat_activity WHERE query LIKE 'LISTEN removed%' AND state = 'idle'";
	await expect.poll(async () => (await runSql('minitwit', `SELECT ${listeners}`)).rowCount).toBe(1);
	const headers = { authorization: SIMULATOR, 'content-type': 'application/json' };
	await fetch(`${api.origin}/msgs/alice`, { method: 'POST', headers, body: JSON.stringify({ content: 'News' }) });
	let heard = '';
	for await (const part of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) {
		heard += part;
		if (heard.includes('data:')) break;
	}
	expect(heard).toMatch(/^event: message\ndata: \[\d+\]$/m);
});

test('the pooler refused no request of the servers, and none failed because of it', () => {
	expect(pooler.log()).not.toMatch(/ERROR|FATAL|prepared statement/);
	for (const { logFile } of [web, api]) expect(readFileSync(logFile, 'utf8')).not.toMatch(/"log.level":"(error|warn)"/);
});
