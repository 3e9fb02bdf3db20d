import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { tryPort } from '../../bin/ports.ts';
import { requireProgram } from '../deployment/programs.ts';
import type { Host } from './hosts.ts';

/** The first version 1.x that supports named statements in transaction mode. */
const NAMED_STATEMENTS_SINCE = 21;

/** PgBouncer on its own host. */
export interface RunningPooler {
	/** Returns the URL of the database that the app uses, or of the one for direct sessions. */
	urlOf(database: 'minitwit' | 'minitwit_direct'): string;
	/** Environment variables that servers need with this version of PgBouncer. */
	environment: Record<string, string>;
	stop(): void;
}

/** Starts PgBouncer on a host with production settings and `target` as its database server. */
export async function startPooler(host: Host, port: number, target: Host): Promise<RunningPooler> {
	const folder = join(host.folder, 'pgbouncer');
	const program = requireProgram('pgbouncer');
	const isOld = !supportsNamedStatements(program);
	adapt(join(folder, 'databases.ini'), (text) =>
		text.replace(/host=\S+ port=\S+/g, `host=127.0.0.1 port=${target.port}`)
	);
	adapt(join(folder, 'pgbouncer.ini'), (text) => {
		const here = text.replaceAll('/run/secrets/', host.secret('')).replace('/etc/pgbouncer/', `${folder}/`);
		// An old PgBouncer does not start with a setting that it does not know.
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
	if (changed === text) throw new Error(`${file} has none of the expected settings`);
	writeFileSync(file, changed);
}

function supportsNamedStatements(program: string): boolean {
	const version = execFileSync(program, ['--version'], { encoding: 'utf8' });
	const [, major, minor] = /(\d+)\.(\d+)/.exec(version) ?? [];
	return Number(major) > 1 || Number(minor) >= NAMED_STATEMENTS_SINCE;
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
