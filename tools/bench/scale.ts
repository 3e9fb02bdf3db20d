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
import { readNumber } from '../../bin/program/option-values.ts';
import { flagsOfScript } from '../script-flags.ts';
import { fillDatabase, userName } from './bench-data.ts';
import { describeMachine } from './bench-report.ts';
import { buildWebApp } from './bench-servers.ts';
import { type Target, median } from './load.ts';
import { findPostgresProcesses } from './postgres-processes.ts';
import { type Load, printCosts } from './scale-costs.ts';
import { readMemory } from './server-metrics.ts';

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
	await describeMemory();
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

async function start(kind: 'web' | 'api', overrides = {}): Promise<Replica> {
	replicas.push(await startReplica(kind, url, folder, overrides));
	return replicas.at(-1) as Replica;
}

async function describeCosts(): Promise<void> {
	const apis = [await start('api'), await start('api')];
	const webs = [await start('web'), await start('web')];
	const readers = [await start('web', { DATABASE_READ_URL: databases.standby.urlOf('postgres') })];
	const person = await findProfile(userName(1), null);
	const cookie = `${SESSION_COOKIE}=${await createSession(person?.id ?? 0)}`;
	const api = (workload: string, servers: Replica[]) =>
		servers.map(({ origin }): Target => ({ kind: 'api', origin, workload }));
	const page = (path: string, servers: Replica[], headers = {}) =>
		servers.map(({ origin }): Target => ({ kind: 'requests', origin, paths: [path], headers }));
	const rows: Load[] = [];
	for (const count of [1, 2]) {
		const [someApis, someWebs] = [apis.slice(0, count), webs.slice(0, count)];
		const processes = count === 1 ? 'one process' : `${count} processes`;
		const add = (name: string, ...targets: Target[]) => rows.push({ name: `${name}, ${processes}`, targets });
		add('GET /msgs', ...api('GET /msgs', someApis));
		add('POST /msgs/<user>', ...api('POST /msgs/<user>', someApis));
		add('page /public', ...page('/public', someWebs));
		add('page /, signed in', ...page('/', someWebs, { cookie }));
		add(
			'POST /msgs/<user> + page /, signed in',
			...api('POST /msgs/<user>', someApis),
			...page('/', someWebs, { cookie })
		);
	}
	rows.push(
		{ name: 'page /public, from the replica', targets: page('/public', readers) },
		{ name: 'page /, signed in, from the replica', targets: page('/', readers, { cookie }) }
	);
	const effort = {
		seconds: readNumber('seconds', flags.seconds, 1, 600),
		rounds: readNumber('rounds', flags.rounds, 1, 100)
	};
	await printCosts(rows, processes, effort);
}

async function describeMemory(): Promise<void> {
	const memory = await Promise.all(replicas.map(({ origin }) => readMemory(origin)));
	console.log(`\nMiB of memory afterwards, API, API, web, web, web: ${memory.map(Math.round).join(', ')}`);
	console.log(`MiB of a process of PostgreSQL, median: ${median(processes.primary.ownMemory()).toFixed(1)}`);
}
