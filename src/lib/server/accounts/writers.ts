import type { SignedIn } from './sessions.ts';

/** A logged-in user, who writes under their own name. Limits apply to the account and the address. */
export type Member = SignedIn & { address: string };

/** The simulator, which writes under any name and has no limits. */
export interface Simulator {
	/** The name under which the write happens. */
	name: string;
}

/** The author of a write. */
export type Writer = Member | Simulator;

/** Whether the writer is a logged-in user and not the simulator. */
export function isMember(writer: Writer): writer is Member {
	return 'id' in writer;
}

/**
 * Whether a form or outbox entry was created under another account than the writer's, because another person has logged
 * in in the same browser since. `owner` is the id of that account, or null if the request names none.
 */
export function isForAnotherAccount(writer: Writer, owner: number | null): boolean {
	return isMember(writer) && owner !== null && owner !== writer.id;
}
