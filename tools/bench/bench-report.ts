import { arch, availableParallelism, cpus, release, totalmem, type } from 'node:os';
import type { Growth } from './bench-growth.ts';
import type { Measured } from './load.ts';

/** One line of the table. */
export interface Row extends Measured {
	name: string;
	connections: number;
	/** Resident memory of the server after the last round; null where none is asked. */
	memoryMib: number | null;
}

const LEAST_SHARE_OF_SQL = 0.5;
const MOST_PUBLIC_P99_MS = 50;
const MOST_GROWTH = 1.5;
const MOST_API_MEMORY_MIB = 150;
const MOST_API_START_MS = 1_000;

/** The machine in one line, for whoever compares. */
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

/** Prints each floor and whether it holds. False when one does not. */
export function printFloors(rows: Row[], growth: Growth[], apiStartMs: number): boolean {
	const floors: [string, boolean][] = [];
	for (const sql of rows.filter(({ name }) => name.startsWith('SQL of '))) {
		const name = sql.name.replace('SQL of ', '');
		const api = rows.find((row) => row.name === name && row.connections === sql.connections);
		const share = (api?.perSecond ?? 0) / sql.perSecond;
		floors.push([`${name} at ${sql.connections}: ${share.toFixed(2)} of its SQL alone`, share >= LEAST_SHARE_OF_SQL]);
	}
	for (const { name, connections, p99, errors, memoryMib } of rows) {
		if (name === 'page /public' && connections === 16)
			floors.push([`${name} at 16: p99 ${precise(p99)} ms`, p99 < MOST_PUBLIC_P99_MS]);
		if (errors > 0) floors.push([`${name} at ${connections}: ${errors} errors`, false]);
		if (memoryMib !== null && connections === 64 && /^(GET|POST)/.test(name))
			floors.push([`${name} at 64: ${whole(memoryMib)} MiB`, memoryMib < MOST_API_MEMORY_MIB]);
	}
	for (const { name, small, large } of growth)
		floors.push([`${name}: ${(large / small).toFixed(2)} times as long with a million`, large / small <= MOST_GROWTH]);
	floors.push([`the API starts in ${whole(apiStartMs)} ms`, apiStartMs < MOST_API_START_MS]);
	console.log('');
	for (const [floor, holds] of floors) console.log(`${holds ? 'holds ' : 'BROKEN'}  ${floor}`);
	return floors.every(([, holds]) => holds);
}
