import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { tryPort } from '../../bin/ports.ts';
import { requireProgram } from '../deployment/programs.ts';
import type { Host } from './hosts.ts';

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

/** Starts PgBouncer on a host with the settings of production, leading to `target`. */
export async function startPooler(host: Host, port: number, target: Host): Promise<RunningPooler> {
	const folder = join(host.folder, 'pgbouncer');
	const program = requireProgram('pgbouncer');
	const isOld = !passesNames(program);
	adapt(join(folder, 'databases.ini'), (text) =>
		text.replace(/host=\S+ port=\S+/g, `host=127.0.0.1 port=${target.port}`)
	);
	adapt(join(folder, 'pgbouncer.ini'), (text) => {
		const here = text.replaceAll('/run/secrets/', host.secret('')).replace('/etc/pgbouncer/', `${folder}/`);
		// An old one would not start with a setting that it does not know.
		const known = isOld ? here.replace(/^max_prepared_statements = .*$/m, '') : here;
		return `${known}listen_addr = 127.0.0.1\nlisten_port = ${port}\n`;
	});
	await host.compose('up', '--detach', 'pgbouncer');
	await waitForPort(port, join(host.folder, 'pooler.log'));
	return {
		urlOf: (database) => target.urlOf('app').replace(`:${target.port}/minitwit`, `:${port}/${database}`),
		environment: isOld ? unnamedStatements() : {},
		stop: () => void process.kill(Number(readFileSync(join(host.folder, 'pooler.pid'), 'utf8')), 'SIGKILL')
	};
}

function adapt(file: string, change: (text: string) => string): void {
	const text = readFileSync(file, 'utf8');
	const changed = change(text);
	if (changed === text) throw new Error(`${file} has nothing that was expected in it`);
	writeFileSync(file, changed);
}

function passesNames(program: string): boolean {
	const version = execFileSync(program, ['--version'], { encoding: 'utf8' });
	const [, major, minor] = /(\d+)\.(\d+)/.exec(version) ?? [];
	return Number(major) > 1 || Number(minor) >= NAMES_SINCE;
}

function unnamedStatements(): Record<string, string> {
	return { NODE_OPTIONS: `--import=${pathToFileURL('tests/drill/unnamed-statements.js').href}` };
}

async function waitForPort(port: number, logFile: string): Promise<void> {
	const deadline = Date.now() + 10_000;
	while ((await tryPort('127.0.0.1', port)) === 'free') {
		if (Date.now() > deadline) throw new Error(`PgBouncer did not start:\n${readFileSync(logFile, 'utf8')}`);
		await delay(50);
	}
}
