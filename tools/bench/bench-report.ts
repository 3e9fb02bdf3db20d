import { arch, availableParallelism, cpus, release, totalmem, type } from 'node:os';
import type { Growth } from './bench-growth.ts';
import type { Measured } from './load.ts';

/** One row of the table. */
export interface Row extends Measured {
	name: string;
	connections: number;
	/** Resident memory of the server after the last round; null if it is not measured. */
	memoryMib: number | null;
}

const MIN_SHARE_OF_SQL = 0.5;
const MAX_PUBLIC_P99_MS = 50;
const MAX_GROWTH = 1.5;
const MAX_API_MEMORY_MIB = 150;
const MAX_API_START_MS = 1_000;

/** Returns a one-line description of the machine, to compare results. */
export function describeMachine(): string {
	const memory = Math.round(totalmem() / 2 ** 30);
	const system = `${type()} ${release()} ${arch()}, Node ${process.version}`;
	return `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${memory} GiB, ${system}`;
}

const whole = (value: number) => Math.round(value).toLocaleString('en');
const precise = (value: number) => value.toFixed(value < 10 ? 2 : 0);

/** Prints both tables as Markdown, ready for docs/performance.md. */
export function printTable(rows: Row[], growth: Growth[]): void {
	console.log('| | connections | requests/s | p50 ms | p99 ms | errors | memory MiB |');
	console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: |');
	for (const { name, connections, perSecond, p50, p99, errors, memoryMib } of rows) {
		const memory = memoryMib === null ? '' : whole(memoryMib);
		const cells = [name, connections, whole(perSecond), precise(p50), precise(p99), errors, memory];
		console.log(`| ${cells.join(' | ')} |`);
	}
	console.log('\n| one request at a time, p50 ms | 10,000 messages | 1,000,000 messages | growth |');
	console.log('| --- | ---: | ---: | ---: |');
	for (const { name, small, large } of growth)
		console.log(`| ${name} | ${precise(small)} | ${precise(large)} | ${(large / small).toFixed(2)}× |`);
}

/** Prints each threshold and whether it is met. Returns whether all are. */
export function printThresholds(rows: Row[], growth: Growth[], apiStartMs: number): boolean {
	const thresholds: [string, boolean][] = [];
	for (const sql of rows.filter(({ name }) => name.startsWith('SQL of '))) {
		const name = sql.name.replace('SQL of ', '');
		const api = rows.find((row) => row.name === name && row.connections === sql.connections);
		const share = (api?.perSecond ?? 0) / sql.perSecond;
		thresholds.push([`${name} at ${sql.connections}: ${share.toFixed(2)} of its SQL alone`, share >= MIN_SHARE_OF_SQL]);
	}
	for (const { name, connections, p99, errors, memoryMib } of rows) {
		if (name === 'page /public' && connections === 16)
			thresholds.push([`${name} at 16: p99 ${precise(p99)} ms`, p99 < MAX_PUBLIC_P99_MS]);
		if (errors > 0) thresholds.push([`${name} at ${connections}: ${errors} errors`, false]);
		if (memoryMib !== null && connections === 64 && /^(GET|POST)/.test(name))
			thresholds.push([`${name} at 64: ${whole(memoryMib)} MiB`, memoryMib < MAX_API_MEMORY_MIB]);
	}
	for (const { name, small, large } of growth)
		thresholds.push([
			`${name}: ${(large / small).toFixed(2)} times as long with a million`,
			large / small <= MAX_GROWTH
		]);
	thresholds.push([`the API starts in ${whole(apiStartMs)} ms`, apiStartMs < MAX_API_START_MS]);
	console.log('');
	for (const [threshold, isMet] of thresholds) console.log(`${isMet ? 'met   ' : 'MISSED'}  ${threshold}`);
	return thresholds.every(([, isMet]) => isMet);
}
