import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort, tryPort } from '../../bin/ports.ts';
import { requireProgram } from './programs.ts';

const SOURCE = 'deployment/database/pgbouncer';

/** The first version that supports named statements in transaction mode; Debian 12 has an older one. */
const NAMED_STATEMENTS_SINCE = [1, 21] as const;

const START_TIMEOUT_MS = 10_000;
const POLL_MS = 40;

export interface RunningPooler {
	port: number;
	/** The contents of its log. */
	log(): string;
	stop(): Promise<void>;
}

/** Production's settings, as an object. */
export function readSettings(): Record<string, string> {
	const lines = readFileSync(join(SOURCE, 'pgbouncer.ini'), 'utf8').matchAll(/^(\w+) =(.*)$/gm);
	return Object.fromEntries([...lines].map(([, name, value]) => [name, value?.trim()]));
}

/**
 * Starts PgBouncer with production's settings, except for addresses and paths, in front of the PostgreSQL on a
 * local port. `folder` contains production's /run/secrets and belongs to `user`.
 */
export async function startPooler(folder: string, databasePort: number, user: string | null): Promise<RunningPooler> {
	const program = requireProgram('pgbouncer');
	const port = await findFreePort();
	const isTooOld = !passesNames(program);
	const databases = readFileSync(join(SOURCE, 'databases.ini'), 'utf8');
	const here = databases.replace(/host=\S+ port=\S+/g, `host=127.0.0.1 port=${databasePort}`);
	if (here === databases) throw new Error("Production's databases were not recognised");
	writeFileSync(join(folder, 'databases.ini'), here);
	const overrides: Record<string, string> = {
		listen_addr: '127.0.0.1',
		listen_port: String(port),
		unix_socket_dir: folder,
		...(user ? { user } : {}),
		...(isTooOld ? { pool_mode: 'session' } : {})
	};
	let ini = readFileSync(join(SOURCE, 'pgbouncer.ini'), 'utf8')
		.replaceAll('/run/secrets/', `${folder}/`)
		.replace('/etc/pgbouncer/', `${folder}/`);
	// PgBouncer does not start with an unknown setting.
	if (isTooOld) ini = ini.replace(/^max_prepared_statements = .*$/m, '');
	for (const [name, value] of Object.entries(overrides)) ini += `${name} = ${value}\n`;
	writeFileSync(join(folder, 'pgbouncer.ini'), ini);

	const logFile = join(folder, 'pgbouncer.log');
	const log = openSync(logFile, 'w');
	const child = spawn(program, [join(folder, 'pgbouncer.ini')], { stdio: ['ignore', log, log] });
	const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
	const stop = async () => {
		child.kill('SIGKILL');
		await ended;
	};
	await waitUntilListening(child, port, logFile).catch(async (error) => {
		await stop();
		throw error;
	});
	return {
		port,
		log: () => readFileSync(logFile, 'utf8'),
		stop
	};
}

async function waitUntilListening(child: ChildProcess, port: number, logFile: string): Promise<void> {
	const deadline = Date.now() + START_TIMEOUT_MS;
	while ((await tryPort('127.0.0.1', port)) !== 'EADDRINUSE') {
		if (child.exitCode !== null || Date.now() > deadline)
			throw new Error(`PgBouncer did not start:\n${readFileSync(logFile, 'utf8')}`);
		await delay(POLL_MS);
	}
}

function passesNames(program: string): boolean {
	const [, major, minor] = /(\d+)\.(\d+)/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' })) ?? [];
	const [leastMajor, leastMinor] = NAMED_STATEMENTS_SINCE;
	return Number(major) > leastMajor || (Number(major) === leastMajor && Number(minor) >= leastMinor);
}
