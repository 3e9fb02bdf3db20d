import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findFreePort } from '../../bin/ports.ts';
import { requireProgram } from '../deployment/programs.ts';
import { findOwner, giveToOwner } from './owner.ts';
import { killServer } from './server-processes.ts';

const SCRIPTS = 'deployment/database';
const STAND_INS = 'tests/drill/stand-ins';
const ADDRESS = '127.0.0.1';
const SCRIPT_TIMEOUT_MS = 60_000;

/** A database host on loopback: a copy of deployment/database with its server's data. */
export interface Host {
	name: string;
	folder: string;
	port: number;
	/** Runs one of the scripts as on that host. Resolves to its output. */
	run(script: string, ...args: string[]): Promise<string>;
	/** Runs `docker compose` on the host. Resolves to its output. */
	compose(...args: string[]): Promise<string>;
	/** Runs a program in the server's container. Resolves to its output. */
	inside(program: string, ...args: string[]): Promise<string>;
	/** Runs a statement as the superuser. Resolves to unaligned output without headers. */
	sql(statement: string): Promise<string>;
	/** Starts the server and waits until it accepts connections. */
	start(): Promise<void>;
	/** Kills all processes of the server at once, as a power failure would. */
	kill(): void;
	/** Returns the path of a file that prepare.sh created. */
	secret(name: string): string;
	/** Returns the database URL of a role, bypassing the pooler. */
	urlOf(role: string): string;
}

/**
 * Creates a host in `root`. Authority and passwords are copied from `first`, if given.
 * `pooler` is how the host's scripts reach the pooler.
 */
export async function createHost(root: string, name: string, pooler: Pooler, first?: Host): Promise<Host> {
	const folder = join(root, name);
	const port = await findFreePort();
	cpSync(SCRIPTS, folder, { recursive: true, filter: (path) => !/\/(secrets|authority|\.env)$/.test(path) });
	cpSync(STAND_INS, standIns(folder), { recursive: true });
	mkdirSync(join(folder, 'logs'));
	const settings = {
		PRIVATE_ADDRESS: ADDRESS,
		PORT: String(port),
		APP_NETWORK: `${ADDRESS}/32`,
		DATABASE_NETWORK: `${ADDRESS}/32`,
		MEMORY_MB: '256',
		POOLER: pooler.command,
		POOLER_PORT: String(pooler.port)
	};
	writeVariables(join(folder, '.env'), settings);
	writeVariables(join(folder, 'container.env'), { ...settings, ...containerVariables(root, folder, port) });
	if (first) {
		for (const part of ['authority', 'secrets'])
			cpSync(join(first.folder, part), join(folder, part), { recursive: true });
	}
	giveToOwner(folder);
	const host = describeHost(name, folder, port);
	await host.run('prepare.sh');
	return host;
}

/** The pooler's command, for `POOLER`, and its port. */
export interface Pooler {
	command: string;
	port: number;
}

/** Returns the environment of a host's container, with this machine's paths. */
function containerVariables(root: string, folder: string, port: number): Record<string, string> {
	const data = join(folder, 'data');
	const secrets = join(folder, 'secrets');
	const folders = [requireProgram('pg_controldata'), requireProgram('pgbouncer')].map((path) => dirname(path));
	return {
		PATH: [standIns(folder), ...folders, process.env.PATH].join(':'),
		PGDATA: data,
		PGPORT: String(port),
		PGHOST: folder,
		PGOPTIONS: `-c minitwit.secrets=${secrets}`,
		CONFIGURATION: folder,
		CREDENTIALS: secrets,
		LOGS: join(folder, 'logs'),
		TMPDIR: folder,
		PGBACKREST_CONFIG: join(folder, 'pgbackrest.conf'),
		PGBACKREST_CONFIG_INCLUDE_PATH: secrets,
		PGBACKREST_REPO1_PATH: join(root, 'repository'),
		PGBACKREST_LOCK_PATH: join(folder, 'lock'),
		PGBACKREST_PG1_PATH: data,
		PGBACKREST_PG1_PORT: String(port),
		PGBACKREST_PG1_SOCKET_PATH: folder
	};
}

/** Each host has a copy, because PostgreSQL's user may not be able to read the working directory. */
const standIns = (folder: string) => join(folder, 'stand-ins');

function writeVariables(file: string, variables: Record<string, string>): void {
	const lines = Object.entries(variables).map(([name, value]) => `${name}="${value}"\n`);
	writeFileSync(file, lines.join(''));
}

function describeHost(name: string, folder: string, port: number): Host {
	const secret = (file: string) => join(folder, 'secrets/', file);
	const compose = (...args: string[]) => runOnHost(folder, 'docker', ['compose', ...args]);
	const inside = (...args: string[]) => compose('exec', '-T', '--user', 'postgres', 'postgres', ...args);
	return {
		name,
		folder,
		port,
		secret,
		run: (script, ...args) => runOnHost(folder, `./${script}`, args),
		compose,
		inside,
		sql: (statement) => inside('psql', '-XqAt', '--dbname', 'minitwit', '--command', statement),
		start: async () => void (await compose('up', '--detach', '--wait', 'postgres')),
		kill: () => killServer(join(folder, 'data')),
		urlOf(role) {
			const password = readFileSync(secret(`${role}_password`), 'utf8').trim();
			const trust = `sslmode=verify-full&sslrootcert=${secret('ca.crt')}`;
			return `postgres://minitwit_${role}:${password}@${ADDRESS}:${port}/minitwit?${trust}`;
		}
	};
}

function runOnHost(folder: string, program: string, args: string[]): Promise<string> {
	const env = { PATH: `${standIns(folder)}:${process.env.PATH}`, LANG: 'C.UTF-8' };
	const child = spawn(program, args, { cwd: folder, env, ...findOwner(), stdio: ['ignore', 'pipe', 'pipe'] });
	const timer = setTimeout(() => child.kill('SIGKILL'), SCRIPT_TIMEOUT_MS);
	let output = '';
	child.stdout.on('data', (part) => (output += part));
	child.stderr.on('data', (part) => (output += part));
	return new Promise((resolve, reject) => {
		child.once('error', reject);
		// Not `close`: a server started by the program keeps the pipes open.
		child.once('exit', (code) => {
			clearTimeout(timer);
			if (code === 0) resolve(output);
			else reject(new Error(`${program} ${args.join(' ')} on ${folder} ended with ${code}:\n${output}`));
		});
	});
}
