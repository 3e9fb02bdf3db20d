import { measureGrowth } from './bench-growth.ts';
import { signIn } from './bench-session.ts';
import { flagsOfScript, readNumber } from '../../bin/command-line.ts';
import { fillDatabase } from './bench-data.ts';
import { type BenchServers, buildWebApp, startBenchServers } from './bench-servers.ts';
import { type Job, type Measured, measure, summarize } from './load.ts';
import { BARE, type Row, describeMachine, printThresholds, printTable } from './bench-report.ts';
import { workloads } from './workloads.ts';

/*
 * npm run bench: measures the web app and the API beside a bare HTTP server. The measurements are interleaved in one
 * run, so that other load on the machine affects all of them alike.
 */

const USAGE = `npm run bench -- [flags]   measures the web app and the API beside bare HTTP

  --seconds N   of each measurement (3)
  --rounds N    whose medians count (3)
  --only TEXT   measures only what has TEXT in its name, and bare HTTP`;

const flags = flagsOfScript(USAGE, {
	seconds: { type: 'string', default: '3' },
	rounds: { type: 'string', default: '3' },
	only: { type: 'string' }
});
const seconds = readNumber('seconds', flags.seconds, 1, 600);
const rounds = readNumber('rounds', flags.rounds, 1, 100);
const MESSAGES = 100_000;
const CONNECTIONS = [16, 64];

interface Subject {
	name: string;
	target: Job['target'];
	/** The origin of its server's /metrics, which reports memory; null to skip. */
	metrics: string | null;
}

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
	const subjects = [
		{
			name: BARE,
			target: { kind: 'requests', origin: bare, paths: ['/'] },
			metrics: null
		} as Subject,
		...Object.keys(workloads).map((workload): Subject => ({
			name: workload,
			target: { kind: 'api', origin: api, workload },
			metrics: api
		})),
		page('page /public', '/public'),
		page('page /<user>', '/user%201'),
		page('page /, signed in', '/', { cookie })
	];
	const { only } = flags;
	return {
		subjects: subjects.filter(({ name }) => only === undefined || name.includes(only) || name.startsWith('bare')),
		apiStartMs: first.startMs
	};
}

async function readMemory(origin: string | null): Promise<number | null> {
	if (origin === null) return null;
	const text = await (await fetch(`${origin}/metrics`)).text();
	return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]) / 2 ** 20;
}

async function measureAll(subjects: Subject[]): Promise<Row[]> {
	const found = new Map<string, { row: Row; rounds: Measured[] }>();
	for (let round = 1; round <= rounds; round++) {
		for (const connections of CONNECTIONS) {
			for (const { name, target, metrics } of subjects) {
				const key = `${name} ${connections}`;
				const entry = found.get(key) ?? { row: { name, connections } as Row, rounds: [] };
				found.set(key, entry);
				entry.rounds.push(await measure({ target, connections, seconds }));
				entry.row.memoryMib = await readMemory(metrics);
				console.log(
					`round ${round}/${rounds}  ${key} connections  ${Math.round(entry.rounds.at(-1)?.perSecond ?? 0)}/s`
				);
			}
		}
	}
	return [...found.values()].map((entry) => ({ ...entry.row, ...summarize(entry.rounds) }));
}

buildWebApp();
const servers = await startBenchServers();
try {
	const { subjects, apiStartMs } = await startSubjects(servers);
	const rows = await measureAll(subjects);
	const growth = flags.only === undefined ? await measureGrowth(servers, seconds, rounds) : [];
	console.log(`\n${describeMachine()}\n`);
	printTable(rows, growth);
	process.exitCode = printThresholds(rows, growth, apiStartMs) ? 0 : 1;
} finally {
	await servers.stop();
}
