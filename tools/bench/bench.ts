import { measureGrowth } from './bench-growth.ts';
import { compare } from './bench-compare.ts';
import { signIn } from './bench-session.ts';
import { readNumber, readUrl } from '../../bin/program/option-values.ts';
import { flagsOfScript } from '../script-flags.ts';
import { fillDatabase } from './bench-data.ts';
import { measureIdleMemory } from './bench-idle.ts';
import { type BenchServers, buildWebApp, startBenchServers } from './bench-servers.ts';
import { measureSimulator } from './bench-simulator.ts';
import { type Subject, measureAll } from './bench-subjects.ts';
import { BARE, describeMachine, printTables, printThresholds } from './bench-report.ts';
import { workloads } from './workloads.ts';

/*
 * npm run bench: measures the web app and the API beside a bare HTTP server. The measurements are interleaved in one
 * run, so that other load on the machine affects all of them alike.
 */

const USAGE = `npm run bench -- [flags]   measures the web app and the API beside bare HTTP

  --seconds N     of each measurement (3)
  --rounds N      whose medians count (3)
  --only TEXT     measures only what has TEXT in its name, and bare HTTP
  --large         compares pages with 10,000,000 messages instead of 1,000,000; takes minutes more and 5 GB
  --compare URL   measures only the API, beside another server that speaks the protocol; registers 1,000 users there
                  and writes messages`;

const flags = flagsOfScript(USAGE, {
	seconds: { type: 'string', default: '3' },
	rounds: { type: 'string', default: '3' },
	only: { type: 'string' },
	large: { type: 'boolean', default: false },
	compare: { type: 'string' }
});
const effort = {
	seconds: readNumber('seconds', flags.seconds, 1, 600),
	rounds: readNumber('rounds', flags.rounds, 1, 100)
};
const MESSAGES = 100_000;
const LARGE_SIZE = flags.large ? 10_000_000 : 1_000_000;

async function startSubjects(servers: BenchServers): Promise<{ subjects: Subject[]; apiStartMs: number }> {
	console.log(`Creating 6,000 users, ${MESSAGES.toLocaleString('en')} messages and 60,000 follows …`);
	const databaseUrl = await servers.createDatabase('bench');
	await fillDatabase(databaseUrl, MESSAGES);
	const { origin: bare } = await servers.start('bare', databaseUrl);
	const first = await servers.start('api', databaseUrl);
	await first.stop();
	const { origin: api } = await servers.start('api', databaseUrl);
	const { origin: web } = await servers.start('web', databaseUrl);
	const page = (name: string, path: string, headers?: Record<string, string>): Subject => ({
		name,
		target: { kind: 'requests', origin: web, paths: [path], headers },
		metrics: web
	});
	const cookie = await signIn(databaseUrl);
	const subjects: Subject[] = [
		{ name: BARE, target: { kind: 'requests', origin: bare, paths: ['/'] }, metrics: null },
		...Object.keys(workloads).map((workload): Subject => ({
			name: workload,
			target: { kind: 'api', origin: api, workload },
			metrics: api
		})),
		page('page /public', '/public'),
		page('page /<user>', '/user%201'),
		page('page /, signed in', '/', { cookie })
	];
	return { subjects, apiStartMs: first.startMs };
}

/** Returns whether all thresholds are met. */
async function measureEverything(servers: BenchServers, only: string | undefined): Promise<boolean> {
	const isWhole = only === undefined;
	const idle = isWhole ? await measureIdleMemory(servers) : null;
	const { subjects, apiStartMs } = await startSubjects(servers);
	const chosen = subjects.filter(({ name }) => isWhole || name.includes(only) || name === BARE);
	const rows = await measureAll(chosen, effort);
	const growth = isWhole ? await measureGrowth(servers, LARGE_SIZE, effort) : [];
	const simulator = isWhole ? await servers.start('api', await servers.createDatabase('simulator')) : null;
	const simulatorErrors = simulator && (await measureSimulator(simulator.origin));
	console.log(`\n${describeMachine()}\n`);
	printTables(rows, growth, LARGE_SIZE);
	return printThresholds({ rows, growth, apiStartMs, idle, simulatorErrors });
}

const other = flags.compare === undefined ? null : readUrl('compare', flags.compare);
if (!other) buildWebApp();
const servers = await startBenchServers();
try {
	if (other) await compare(servers, other, effort);
	else if (!(await measureEverything(servers, flags.only))) process.exitCode = 1;
} finally {
	await servers.stop();
}
