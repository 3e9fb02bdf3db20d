import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Ends all processes of the PostgreSQL server on a data folder at once. They are the one in the first line of its pid file
 * and those whose parent that is: its own end alone would leave the others to finish what they do.
 */
export function killServer(data: string): void {
	const file = join(data, 'postmaster.pid');
	if (!existsSync(file)) return;
	const postmaster = Number(readFileSync(file, 'utf8').split('\n')[0]);
	for (const pid of [...childrenOf(postmaster), postmaster]) {
		try {
			process.kill(pid, 'SIGKILL');
		} catch {
			// It has ended by itself.
		}
	}
}

function childrenOf(parent: number): number[] {
	return readdirSync('/proc')
		.filter((entry) => /^\d+$/.test(entry))
		.filter((entry) => parentOf(entry) === parent)
		.map(Number);
}

function parentOf(pid: string): number | null {
	try {
		// Behind the name in brackets, which may hold anything: the state, then the parent.
		return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]);
	} catch {
		return null;
	}
}
