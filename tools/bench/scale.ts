import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SQL, queryRows } from '#lib/server/database/database.ts';
import { readConfig } from '#lib/server/config.ts';
import { startDomain, stopDomain } from '#lib/server/lifecycle.ts';
import { createLogger } from '#lib/server/observability/log.ts';
import { migrate } from '#lib/server/database/migrations.ts';
import { SESSION_COOKIE, createSession } from '#lib/server/accounts/sessions.ts';
import { findProfile } from '#lib/server/accounts/users.ts';
import { type Replica, startReplica } from '../../tests/deployment/replicas.ts';
import { startPrimaryAndStandby } from '../../tests/standby.ts';
import { flagsOfScript, readNumber } from '../../bin/command-line.ts';
import { fillDatabase, userName } from './bench-data.ts';
import { describeMachine } from './bench-report.ts';
import { buildWebApp } from './bench-servers.ts';
import { type Target, measure, median } from './load.ts';
import { findPostgresProcesses } from './postgres-processes.ts';

/*
 * node tools/bench/scale.ts: measures what a request costs each component, for docs/scaling.md. CPU seconds
 * depend less on other load on the machine than requests per second do.
 */

const USAGE = `node tools/bench/scale.ts [flags]   measures what a request costs each component

  --seconds N   of each measurement (3)
  --rounds N    whose medians count (3)`;

const flags = flagsOfScript(USAGE, {
	seconds: { type: 'string', default: '3' },
	rounds: { type: 'string', default: '3' }
});
const CONNECTIONS = 16;
const MESSAGES = 100_000;
const SETTINGS = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on', max_connections: '200' };

buildWebApp();
const folder = mkdtempSync(join(tmpdir(), 'minitwit-scale-'));
const databases = await startPrimaryAndStandby(SETTINGS);
const url = databases.primary.urlOf('postgres');
const processes = {
	primary: await findPostgresProcesses(url),
	standby: await findPostgresProcesses(databases.standby.urlOf('postgres'))
};
const replicas: Replica[] = [];
try {
	await migrate(url, 'sql/migrations');
	await fillDatabase(url, MESSAGES);
	startDomain(readConfig({ DATABASE_URL: url }), createLogger('scale', 'silent'));
	console.log(`\n${describeMachine()}\n`);
	await describeSizes();
	await describeCosts();
} finally {
	await stopDomain();
	await Promise.all(replicas.map((replica) => replica.stop()));
	await databases.remove();
	rmSync(folder, { recursive: true, force: true });
}

/** Prints the size of a row with its indexes, in bytes. */
async function describeSizes(): Promise<void> {
	console.log('| table | rows | bytes a row | of these indexes |\n| --- | ---: | ---: | ---: |');
	const sizes = await queryRows<{ name: string; rows: number; total: number; indexes: number }>(SQL`
		SELECT relname AS name, reltuples::bigint AS rows, pg_total_relation_size(oid) / reltuples::bigint AS total,
			pg_indexes_size(oid) / reltuples::bigint AS indexes
		FROM pg_class WHERE relname IN ('messages', 'users', 'follows', 'user_counts') ORDER BY relname`);
	for (const { name, rows, total, indexes } of sizes) console.log(`| ${name} | ${rows} | ${total} | ${indexes} |`);
}

async function describeCosts(): Promise<void> {
	const start = async (kind: 'web' | 'api', overrides = {}) => {
		replicas.push(await startReplica(kind, url, folder, overrides));
		return replicas.at(-1) as Replica;
	};
	const apis = [await start('api'), await start('api')] as const;
	const web = await start('web');
	const reading = await start('web', { DATABASE_READ_URL: databases.standby.urlOf('postgres') });
	const person = await findProfile(userName(1), null);
	const cookie = `${SESSION_COOKIE}=${await createSession(person?.id ?? 0)}`;
	const api = (workload: string, count: number): Row => ({
		name: `${workload}, ${count === 1 ? 'one API' : `${count} APIs`}`,
		targets: apis.slice(0, count).map(({ origin }) => ({ kind: 'api', origin, workload }))
	});
	const page = (path: string, { origin }: Replica, where: string, headers = {}): Row => ({
		name: `page ${path}, ${where}`,
		targets: [{ kind: 'requests', origin, paths: [path], headers }]
	});
	// Any cookie prevents a rendering from being shared between requests.
	const alone = { cookie: 'alone=1' };
	const pages = (server: Replica, where: string) => [
		page('/public', server, where, alone),
		page('/user%201', server, where),
		page('/', server, where, { cookie })
	];
	const rows = [
		...['GET /msgs', 'POST /msgs/<user>'].flatMap((workload) => [api(workload, 1), api(workload, 2)]),
		...pages(web, 'no replica'),
		...pages(reading, 'with a replica')
	];
	const found = new Map(rows.map(({ name }) => [name, [] as Cost[]]));
	for (let round = 0; round < readNumber('rounds', flags.rounds, 1, 100); round++)
		for (const { name, targets } of rows) found.get(name)?.push(await costOf(targets));
	console.log('\n| | requests/s | Node ms | primary ms | standby ms |\n| --- | ---: | ---: | ---: | ---: |');
	for (const [name, costs] of found) {
		const of = (key: keyof Cost) => median(costs.map((cost) => cost[key]));
		const milliseconds = (['node', 'primary', 'standby'] as const).map((key) => of(key).toFixed(2));
		console.log(`| ${[name, Math.round(of('perSecond')), ...milliseconds].join(' | ')} |`);
	}
	const memory = await Promise.all(
		replicas.map(async ({ origin }) => readMetric(origin, 'process_resident_memory_bytes'))
	);
	console.log(`\nMiB of memory afterwards, API, API, web, web: ${memory.map((bytes) => Math.round(bytes / 2 ** 20))}`);
	console.log(`MiB of a process of PostgreSQL, median: ${median(processes.primary.ownMemory()).toFixed(1)}`);
}

interface Row {
	name: string;
	targets: Target[];
}

/** CPU milliseconds per request, and requests per second. */
interface Cost {
	perSecond: number;
	node: number;
	primary: number;
	standby: number;
}

async function costOf(targets: Target[]): Promise<Cost> {
	const seconds = readNumber('seconds', flags.seconds, 1, 600);
	const before = await readCounters(targets);
	const connections = CONNECTIONS / targets.length;
	const measured = await Promise.all(targets.map((target) => measure({ target, connections, seconds })));
	const after = await readCounters(targets);
	const errors = measured.reduce((sum, { errors }) => sum + errors, 0);
	if (errors > 0) throw new Error(`${errors} requests failed`);
	const requests = after.requests - before.requests;
	const each = (key: keyof typeof after) => ((after[key] - before[key]) / requests) * 1000;
	const perSecond = measured.reduce((sum, { perSecond }) => sum + perSecond, 0);
	return { perSecond, node: each('node'), primary: each('primary'), standby: each('standby') };
}

async function readCounters(targets: Target[]) {
	const origins = targets.map((target) => ('origin' in target ? target.origin : ''));
	const sum = async (name: string) =>
		(await Promise.all(origins.map((origin) => readMetric(origin, name)))).reduce((one, other) => one + other, 0);
	return {
		requests: await sum('http_request_duration_seconds_count'),
		node: await sum('process_cpu_seconds_total'),
		primary: processes.primary.processorSeconds(),
		standby: processes.standby.processorSeconds()
	};
}

async function readMetric(origin: string, name: string): Promise<number> {
	const text = await (await fetch(`${origin}/metrics`)).text();
	const values = [...text.matchAll(new RegExp(`^${name}(?:{.*})? (\\S+)$`, 'gm'))];
	return values.reduce((sum, [, value]) => sum + Number(value), 0);
}
