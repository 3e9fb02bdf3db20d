import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Kills all processes of the PostgreSQL server on a data folder at once: the postmaster in the first line of its pid
 * file and its children. If only the postmaster were killed, the children would finish their work.
 */
export function killServer(data: string): void {
	const file = join(data, 'postmaster.pid');
	if (!existsSync(file)) return;
	const postmaster = Number(readFileSync(file, 'utf8').split('\n')[0]);
	for (const pid of [...childrenOf(postmaster), postmaster]) {
		try {
			process.kill(pid, 'SIGKILL');
		} catch {
			// It has already exited.
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
		// After the name in parentheses, which may contain anything, come the state and the parent.
		return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]);
	} catch {
		return null;
	}
}
