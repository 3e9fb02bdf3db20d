import type { SignedIn } from './sessions.ts';

/** Somebody who writes under their own name. Limits hold for their account and their address. */
export type Member = SignedIn & { address: string };

/** The simulator, which writes under any name. No limits hold for it. */
export interface Simulator {
	/** The name that it writes under. */
	name: string;
}

/** On whose behalf a use case writes. */
export type Writer = Member | Simulator;

/** Whether it is somebody who writes under their own name. */
export function isMember(writer: Writer): writer is Member {
	return 'id' in writer;
}

/**
 * Whether a form or an entry was made for another account than the one that acts now: another person
 * has logged in in the same browser since. `owner` is the id of that account, null where none is named.
 */
export function isForAnotherAccount(writer: Writer, owner: number | null): boolean {
	return isMember(writer) && owner !== null && owner !== writer.id;
}
