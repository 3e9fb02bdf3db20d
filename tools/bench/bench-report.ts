import { arch, availableParallelism, cpus, release, totalmem, type } from 'node:os';
import type { Growth } from './bench-growth.ts';
import type { IdleMemory } from './bench-idle.ts';
import type { Measured } from './load.ts';

/** One row of the table. */
export interface Row extends Measured {
	name: string;
	connections: number;
	/** Resident memory of the server after the last round; null if it is not measured. */
	memoryMib: number | null;
}

/** The name of the baseline. */
export const BARE = 'bare node:http, 10 KB';

/** The lowest share of the bare server's requests per second. */
const MIN_SHARES: Record<string, number> = {
	'GET /msgs': 0.25,
	'GET /msgs/<user>': 0.12,
	'GET /fllws/<user>': 0.18,
	'POST /msgs/<user>': 0.2,
	'POST /fllws/<user>': 0.15,
	'page /public': 0.25,
	'page /<user>': 0.2,
	'page /, signed in': 0.04
};
/** The highest ratio of p99 to p50 at 16 connections. The load generator rounds to milliseconds. */
const MAX_SPREAD = 10;
const MAX_GROWTH = 1.2;
const MAX_API_MEMORY_MIB = 200;
const MAX_WEB_MEMORY_MIB = 300;
const MAX_API_START_MS = 1_000;
const MAX_IDLE_MEMORY_MIB = 300;

/** Returns a one-line description of the machine, to compare results. */
export function describeMachine(): string {
	const memory = Math.round(totalmem() / 2 ** 30);
	const system = `${type()} ${release()} ${arch()}, Node ${process.version}`;
	return `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${memory} GiB, ${system}`;
}

const whole = (value: number) => Math.round(value).toLocaleString('en');
const precise = (value: number) => value.toFixed(value < 10 ? 2 : 0);

/** Prints a table of requests as Markdown. */
export function printRows(rows: Row[]): void {
	console.log('| | connections | requests/s | p50 ms | p99 ms | errors | memory MiB |');
	console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: |');
	for (const { name, connections, perSecond, p50, p99, errors, memoryMib } of rows) {
		const memory = memoryMib === null ? '' : whole(memoryMib);
		const cells = [name, connections, whole(perSecond), precise(p50), precise(p99), errors, memory];
		console.log(`| ${cells.join(' | ')} |`);
	}
}

/** Prints both tables as Markdown, ready for docs/performance.md. */
export function printTables(rows: Row[], growth: Growth[], largeSize: number): void {
	printRows(rows);
	const sizes = `10,000 messages | ${whole(largeSize)} messages`;
	console.log(`\n| one request at a time, p50 ms | ${sizes} | growth |`);
	console.log('| --- | ---: | ---: | ---: |');
	for (const { name, small, large } of growth)
		console.log(`| ${name} | ${precise(small)} | ${precise(large)} | ${(large / small).toFixed(2)}× |`);
}

/** What the benchmark measured; what it left out is empty or null. */
export interface Results {
	rows: Row[];
	growth: Growth[];
	apiStartMs: number;
	idle: IdleMemory | null;
	simulatorErrors: number | null;
}

/** Prints each threshold and whether it is met. Returns whether all are. */
export function printThresholds({ rows, growth, apiStartMs, idle, simulatorErrors }: Results): boolean {
	const thresholds: [string, boolean][] = [];
	for (const { name, connections, perSecond, p50, p99, errors, memoryMib } of rows) {
		const minimum = MIN_SHARES[name];
		const bare = rows.find((row) => row.name === BARE && row.connections === connections)?.perSecond ?? 0;
		const share = perSecond / bare;
		if (minimum !== undefined)
			thresholds.push([
				`${name} at ${connections}: ${share.toFixed(2)} of bare, at least ${minimum}`,
				share >= minimum
			]);
		if (minimum !== undefined && connections === 16) {
			const spread = p99 / Math.max(p50, 1);
			thresholds.push([`${name} at 16: p99 is ${spread.toFixed(1)} times p50`, spread < MAX_SPREAD]);
		}
		if (errors > 0) thresholds.push([`${name} at ${connections}: ${errors} errors`, false]);
		if (memoryMib !== null && connections === 64) {
			const maximum = name.startsWith('page') ? MAX_WEB_MEMORY_MIB : MAX_API_MEMORY_MIB;
			thresholds.push([`${name} at 64: ${whole(memoryMib)} MiB, at most ${maximum}`, memoryMib <= maximum]);
		}
	}
	for (const { name, small, large } of growth)
		thresholds.push([
			`${name}: ${(large / small).toFixed(2)} times as long with the larger number of messages`,
			large / small <= MAX_GROWTH
		]);
	if (idle) {
		const sum = idle.web + idle.api + idle.postgres;
		const parts = `web app ${whole(idle.web)}, API ${whole(idle.api)}, PostgreSQL ${whole(idle.postgres)}`;
		thresholds.push([`idle: ${whole(sum)} MiB (${parts}), at most ${MAX_IDLE_MEMORY_MIB}`, sum <= MAX_IDLE_MEMORY_MIB]);
	}
	if (simulatorErrors !== null) thresholds.push([`${simulatorErrors} errors of the simulator`, simulatorErrors === 0]);
	thresholds.push([`the API starts in ${whole(apiStartMs)} ms`, apiStartMs < MAX_API_START_MS]);
	console.log('');
	for (const [threshold, isMet] of thresholds) console.log(`${isMet ? 'met   ' : 'MISSED'}  ${threshold}`);
	return thresholds.every(([, isMet]) => isMet);
}
