import autocannon from 'autocannon';
import type { Job, Measured, Target } from './load.ts';
import { type Workload, workloads } from './workloads.ts';

/* Runs one benchmark job in its own process and sends the result to the parent. */

/** Before timing starts, code is compiled and connections are opened. */
const WARM_UP_SECONDS = 1;
const SIMULATOR = `Basic ${Buffer.from('simulator:super_safe!').toString('base64')}`;

const job = JSON.parse(process.argv[2] ?? '') as Job;
const measured = await run(job);
process.send?.(measured, () => process.exit());

function run({ target, connections }: Job): Promise<Measured> {
	return connections === 1 && target.kind === 'requests' ? loopPages(target) : loadServer(target);
}

function find(name: string): Workload {
	const workload = workloads[name];
	if (!workload) throw new Error(`There is no workload ${name}`);
	return workload;
}

/** Loads pages one at a time with microsecond timing; autocannon rounds to whole milliseconds. */
async function loopPages({ origin, paths, headers }: Target & { kind: 'requests' }): Promise<Measured> {
	let number = 0;
	return loop(async () => {
		const response = await fetch(origin + paths[number++ % paths.length], { headers });
		await response.arrayBuffer();
		return response.ok;
	});
}

async function loop(work: () => Promise<boolean>): Promise<Measured> {
	const { connections, seconds } = job;
	let errors = 0;
	const times: number[] = [];
	const startCounting = performance.now() + WARM_UP_SECONDS * 1000;
	const end = startCounting + seconds * 1000;
	const repeat = async () => {
		for (let began = performance.now(); began < end; began = performance.now()) {
			if (!(await work())) errors++;
			if (began >= startCounting) times.push(performance.now() - began);
		}
	};
	await Promise.all(Array.from({ length: connections }, repeat));
	times.sort((one, other) => one - other);
	const at = (share: number) => times[Math.floor(times.length * share)] ?? 0;
	return { perSecond: times.length / seconds, p50: at(0.5), p99: at(0.99), errors };
}

async function loadServer(target: Target): Promise<Measured> {
	const { connections, seconds } = job;
	const options: autocannon.Options & { warmup: object } = {
		url: target.origin,
		connections,
		duration: seconds,
		warmup: { connections, duration: WARM_UP_SECONDS },
		requests: requestsOf(target),
		headers: 'headers' in target ? target.headers : undefined
	};
	const result = await autocannon(options);
	const { latency, requests, non2xx, errors, timeouts } = result;
	return { perSecond: requests.average, p50: latency.p50, p99: latency.p99, errors: non2xx + errors + timeouts };
}

function requestsOf(target: Target): autocannon.Request[] {
	if (target.kind === 'requests') return target.paths.map((path) => ({ method: 'GET', path }));
	const { method, path, body } = find(target.workload);
	let number = Math.floor(Math.random() * 1_000_000);
	const headers = { authorization: SIMULATOR, 'content-type': 'application/json' };
	const withLatest = (address: string) => `${address}${address.includes('?') ? '&' : '?'}latest=${number}`;
	return [
		{
			method,
			headers,
			setupRequest: (request) => {
				number++;
				const content = body && JSON.stringify(body(number));
				return { ...request, path: withLatest(path(number)), ...(content === undefined ? {} : { body: content }) };
			}
		}
	];
}
