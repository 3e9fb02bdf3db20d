import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { migrate } from '#lib/server/database/migrations.ts';
import { readNumber } from '../../bin/program/option-values.ts';
import { startEmbeddedPostgres } from '../../bin/embedded-postgres.ts';
import { flagsOfScript } from '../script-flags.ts';
import { type Size, fillDjango, writeMysqlDump, writeSqlite, writeSqliteDump } from './import-sources.ts';

/*
 * Measures `minitwit import` on Linux. Each form is imported into an empty site, and
 * once more with --since-last, when nothing is new: the downtime of a move.
 */

const USAGE = `node tools/bench/import.ts   measures minitwit import from each form of an older system

  --messages N   the number of messages (default: 1000000)`;

const flags = flagsOfScript(USAGE, { messages: { type: 'string', default: '1000000' } });
const size: Size = { people: 10_000, messages: readNumber('messages', flags.messages, 1) };
const folder = mkdtempSync(join(tmpdir(), 'minitwit-import-'));
const data = mkdtempSync(join(tmpdir(), 'minitwit-import-data-'));
const server = await startEmbeddedPostgres(data);

async function createDatabase(name: string): Promise<string> {
	const client = new pg.Client({ connectionString: server.urlOf('postgres') });
	await client.connect();
	await client.query(`CREATE DATABASE ${name}`);
	await client.end();
	return server.urlOf(name);
}

/** Resolves to the seconds that an import took and to its largest size in memory, in MB. */
async function measure(from: string, target: string, ...options: string[]): Promise<string> {
	const started = performance.now();
	const args = ['bin/minitwit.js', 'import', '--from', from, '--rejects', join(folder, 'rejects.jsonl'), ...options];
	const child = spawn(process.execPath, args, {
		env: { ...process.env, DATABASE_URL: target },
		stdio: ['ignore', 'ignore', 'inherit']
	});
	const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
	let peak = 0;
	while (child.exitCode === null) {
		peak = Math.max(peak, peakOf(child.pid) ?? 0);
		await delay(50);
	}
	const seconds = ((performance.now() - started) / 1_000).toFixed(1);
	return `${seconds} s, ${Math.round(peak / 1024)} MB, exit status ${await ended}`;
}

/** The largest resident size of a process so far, in kB. */
function peakOf(pid: number | undefined): number | null {
	try {
		return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
	} catch {
		return null; // it has just ended
	}
}

const SOURCES: [string, () => Promise<string>][] = [
	['sqlite', async () => written('classic.db', writeSqlite)],
	['sqlite_dump', async () => written('sqlite.sql', writeSqliteDump)],
	['mysql_dump', async () => written('mysql.sql', writeMysqlDump)],
	[
		'django',
		async () => {
			const url = await createDatabase('django');
			await fillDjango(url, size);
			return url;
		}
	]
];

function written(name: string, write: (path: string, size: Size) => void): string {
	write(join(folder, name), size);
	return join(folder, name);
}

try {
	for (const [form, create] of SOURCES) {
		const from = await create();
		const target = await createDatabase(`target_${form}`);
		await migrate(target, 'sql/migrations');
		console.log(`${form}: ${await measure(from, target)}`);
		console.log(`${form}, the last step: ${await measure(from, target, '--since-last')}`);
	}
} finally {
	await server.stop();
	for (const path of [folder, data]) rmSync(path, { recursive: true });
}
