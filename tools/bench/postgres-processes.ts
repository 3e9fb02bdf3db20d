import { readFileSync, readdirSync } from 'node:fs';
import pg from 'pg';

/** Linux counts CPU time in hundredths of a second. */
const TICKS_A_SECOND = 100;

/** The processes of a PostgreSQL server on this machine. */
export interface PostgresProcesses {
	/** CPU time of all processes since the server started, in seconds. */
	processorSeconds(): number;
	/** Private memory of each process, in MiB. */
	ownMemory(): number[];
	/** Memory of all processes together, in MiB; pages that they share count once. */
	totalMemory(): number;
}

/** Finds the processes through the parent of a connection's backend. */
export async function findPostgresProcesses(url: string): Promise<PostgresProcesses> {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
	const postmaster = readStat(String(rows[0]?.pid))?.parent;
	await client.end();
	const children = () =>
		readdirSync('/proc')
			.filter((name) => /^\d+$/.test(name))
			.map((pid) => ({ pid, ...readStat(pid) }))
			.filter(({ parent }) => parent === postmaster);
	return {
		processorSeconds: () =>
			children().reduce((sum, { seconds = 0 }) => sum + seconds, readStat(String(postmaster))?.secondsOfEnded ?? 0),
		ownMemory: () => children().map(({ pid }) => readMemory(pid, 'Pss_Anon')),
		totalMemory: () =>
			[String(postmaster), ...children().map(({ pid }) => pid)].reduce((sum, pid) => sum + readMemory(pid, 'Pss'), 0)
	};
}

function readStat(pid: string): { parent: number; seconds: number; secondsOfEnded: number } | null {
	try {
		const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
			.replace(/^.*\) /s, '')
			.split(' ')
			.map(Number);
		const [, parent = 0] = fields;
		const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
		return {
			parent,
			seconds: (user + system) / TICKS_A_SECOND,
			secondsOfEnded: (endedUser + endedSystem) / TICKS_A_SECOND
		};
	} catch {
		return null; // The process has exited.
	}
}

function readMemory(pid: string, field: 'Pss' | 'Pss_Anon'): number {
	const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
	return Number(new RegExp(`^${field}: +(\\d+)`, 'm').exec(text)?.[1] ?? 0) / 1024;
}
