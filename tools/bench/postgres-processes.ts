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
	const stat = readIfRunning(`/proc/${pid}/stat`);
	if (stat === null) return null;
	const fields = stat
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
}

/** A process that has ended has no memory. */
function readMemory(pid: string, field: 'Pss' | 'Pss_Anon'): number {
	const text = readIfRunning(`/proc/${pid}/smaps_rollup`) ?? '';
	return Number(new RegExp(`^${field}: +(\\d+)`, 'm').exec(text)?.[1] ?? 0) / 1024;
}

/** Returns the content of a file of a process, or null if the process has ended, perhaps between two looks. */
function readIfRunning(path: string): string | null {
	try {
		return readFileSync(path, 'utf8');
	} catch (error) {
		if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
		throw error;
	}
}
