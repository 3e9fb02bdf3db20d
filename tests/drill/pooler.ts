import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { tryPort } from '../../bin/ports.ts';
import { requireProgram } from '../deployment/programs.ts';
import type { Host } from './hosts.ts';
import { findOwner, giveToOwner } from './owner.ts';

const ROLES = ['app', 'owner'];
/** The first version 1.x that passes named statements on in transaction mode. */
const NAMES_SINCE = 21;

/** PgBouncer on a host of its own. */
export interface RunningPooler {
	/** Of the database as the app uses it, and of the sessions of their own. */
	urlOf(database: 'minitwit' | 'minitwit_direct'): string;
	/** What servers need in their environment with this version of PgBouncer. */
	environment: Record<string, string>;
	stop(): void;
}

/** Starts PgBouncer on a host, leading to `target`. */
export async function startPooler(host: Host, port: number, target: Host): Promise<RunningPooler> {
	const folder = join(host.folder, 'pgbouncer');
	mkdirSync(folder, { recursive: true });
	const entry = `host=127.0.0.1 port=${target.port} dbname=minitwit`;
	const databases = `[databases]\nminitwit = ${entry}\nminitwit_direct = ${entry} pool_mode=session\n`;
	writeFileSync(join(folder, 'databases.ini'), databases);
	writeFileSync(join(folder, 'users.txt'), ROLES.map((role) => userLine(target, role)).join(''));
	const program = requireProgram('pgbouncer');
	const names = passesNames(program);
	writeFileSync(
		join(folder, 'pgbouncer.ini'),
		settings(host, folder, port) + (names ? 'max_prepared_statements = 200\n' : '')
	);
	giveToOwner(host.folder);
	const log = openSync(join(host.folder, 'pooler.log'), 'w');
	const child = spawn(program, [join(folder, 'pgbouncer.ini')], { ...findOwner(), stdio: ['ignore', log, log] });
	await waitForPort(child, port, join(host.folder, 'pooler.log'));
	return {
		urlOf: (database) => target.urlOf('app').replace(`:${target.port}/minitwit`, `:${port}/${database}`),
		environment: names ? {} : unnamedStatements(),
		stop: () => void child.kill('SIGKILL')
	};
}

const userLine = (host: Host, role: string) =>
	`"minitwit_${role}" "${readFileSync(host.secret(`${role}_password`), 'utf8').trim()}"\n`;

function settings(host: Host, folder: string, port: number): string {
	return `%include ${join(folder, 'databases.ini')}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir = /tmp
auth_type = scram-sha-256
auth_file = ${join(folder, 'users.txt')}
pool_mode = transaction
default_pool_size = 20
max_client_conn = 500
ignore_startup_parameters = extra_float_digits,options,statement_timeout
server_login_retry = 1
server_connect_timeout = 3
server_tls_sslmode = verify-full
server_tls_ca_file = ${host.secret('ca.crt')}
client_tls_sslmode = require
client_tls_cert_file = ${host.secret('server.crt')}
client_tls_key_file = ${host.secret('server.key')}
`;
}

function passesNames(program: string): boolean {
	const version = execFileSync(program, ['--version'], { encoding: 'utf8' });
	const [, major, minor] = /(\d+)\.(\d+)/.exec(version) ?? [];
	return Number(major) > 1 || Number(minor) >= NAMES_SINCE;
}

function unnamedStatements(): Record<string, string> {
	return { NODE_OPTIONS: `--import=${pathToFileURL('tests/drill/unnamed-statements.js').href}` };
}

async function waitForPort(child: ChildProcess, port: number, logFile: string): Promise<void> {
	const deadline = Date.now() + 10_000;
	while ((await tryPort('127.0.0.1', port)) === 'free') {
		if (child.exitCode !== null || Date.now() > deadline)
			throw new Error(`PgBouncer did not start:\n${readFileSync(logFile, 'utf8')}`);
		await delay(50);
	}
}
