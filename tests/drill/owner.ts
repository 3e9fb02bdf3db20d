import { execFileSync } from 'node:child_process';

const USER = 'postgres';

/** Returns the user that servers run as. PostgreSQL and PgBouncer refuse root, so root runs them as Debian's user. */
export function findOwner(): { uid?: number; gid?: number } {
	return process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {};
}

/** Gives a folder and its contents to that user. */
export function giveToOwner(folder: string): void {
	if (process.getuid?.() === 0) execFileSync('chown', ['-R', `${USER}:${USER}`, folder]);
}

function idOf(flag: string): number {
	return Number(execFileSync('id', [flag, USER], { encoding: 'utf8' }));
}
