import type { Latest } from '#lib/server/simulator/simulator-number.ts';
import type { SignedIn } from './sessions.ts';

/** Somebody who writes under their own name. Limits hold for their account and their address. */
export type Member = SignedIn & { address: string };

/**
 * The simulator, which writes under any name. No limits hold for it. Whatever a use case comes to, it
 * has recorded the simulator's number, unless it throws.
 */
export interface Simulator {
	/** The name that it writes under. */
	name: string;
	latest: Latest;
}

/** On whose behalf a use case writes. */
export type Writer = Member | Simulator;

/** Whether it is somebody who writes under their own name. */
export function isMember(writer: Writer): writer is Member {
	return !('latest' in writer);
}

/** The simulator's number that a statement records; null for anybody else. */
export function latestOf(writer: Writer): Latest {
	return isMember(writer) ? null : writer.latest;
}

/**
 * Whether a form or an entry was made for another account than the one that acts now: another person
 * has logged in in the same browser since. `owner` is the id of that account, null where none is named.
 */
export function isForAnotherAccount(writer: Writer, owner: number | null): boolean {
	return isMember(writer) && owner !== null && owner !== writer.id;
}
