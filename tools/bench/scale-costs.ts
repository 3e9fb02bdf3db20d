import type { Effort } from './bench-subjects.ts';
import { type Target, measure, median } from './load.ts';
import type { PostgresProcesses } from './postgres-processes.ts';
import { readMetric } from './server-metrics.ts';

/** A load on one or more servers, by turns with the others. */
export interface Load {
	name: string;
	targets: Target[];
}

interface Processes {
	primary: PostgresProcesses;
	standby: PostgresProcesses;
}

/** Requests per second of the API and of pages, and CPU milliseconds per request. */
interface Cost {
	api: number;
	pages: number;
	node: number;
	primary: number;
	standby: number;
}

/** The connections of a load, divided among its targets. */
const CONNECTIONS = 16;

/** Prints what the requests of each load cost each component. */
export async function printCosts(loads: Load[], processes: Processes, { seconds, rounds }: Effort): Promise<void> {
	const found = new Map(loads.map(({ name }) => [name, [] as Cost[]]));
	for (let round = 0; round < rounds; round++)
		for (const { name, targets } of loads) found.get(name)?.push(await costOf(targets, processes, seconds));
	console.log('\n| | API requests/s | pages/s | Node ms | primary ms | standby ms |');
	console.log('| --- | ---: | ---: | ---: | ---: | ---: |');
	for (const [name, costs] of found) {
		const of = (key: keyof Cost) => median(costs.map((cost) => cost[key]));
		const rates = (['api', 'pages'] as const).map((key) => Math.round(of(key)) || '');
		const milliseconds = (['node', 'primary', 'standby'] as const).map((key) => of(key).toFixed(2));
		console.log(`| ${[name, ...rates, ...milliseconds].join(' | ')} |`);
	}
}

async function costOf(targets: Target[], processes: Processes, seconds: number): Promise<Cost> {
	const before = await readCounters(targets, processes);
	const connections = CONNECTIONS / targets.length;
	const measured = await Promise.all(
		targets.map(async (target) => ({ kind: target.kind, ...(await measure({ target, connections, seconds })) }))
	);
	const after = await readCounters(targets, processes);
	const errors = measured.reduce((sum, { errors }) => sum + errors, 0);
	if (errors > 0) throw new Error(`${errors} requests failed`);
	const requests = after.requests - before.requests;
	const each = (key: keyof typeof after) => ((after[key] - before[key]) / requests) * 1000;
	const rateOf = (wanted: Target['kind']) =>
		measured.reduce((sum, { kind, perSecond }) => (kind === wanted ? sum + perSecond : sum), 0);
	return {
		api: rateOf('api'),
		pages: rateOf('requests'),
		node: each('node'),
		primary: each('primary'),
		standby: each('standby')
	};
}

async function readCounters(targets: Target[], { primary, standby }: Processes) {
	const sum = async (name: string) => {
		const values = await Promise.all(targets.map(({ origin }) => readMetric(origin, name)));
		return values.reduce((one, other) => one + other, 0);
	};
	return {
		requests: await sum('http_request_duration_seconds_count'),
		node: await sum('process_cpu_seconds_total'),
		primary: primary.processorSeconds(),
		standby: standby.processorSeconds()
	};
}
