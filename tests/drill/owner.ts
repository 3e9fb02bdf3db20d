import { execFileSync } from 'node:child_process';

const USER = 'postgres';

/** Whom servers run as: PostgreSQL and PgBouncer refuse to be root, so root runs them as the user of Debian's package. */
export function findOwner(): { uid?: number; gid?: number } {
	return process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {};
}

/** Lets that user have a folder and what is in it. */
export function giveToOwner(folder: string): void {
	if (process.getuid?.() === 0) execFileSync('chown', ['-R', `${USER}:${USER}`, folder]);
}

function idOf(flag: string): number {
	return Number(execFileSync('id', [flag, USER], { encoding: 'utf8' }));
}
