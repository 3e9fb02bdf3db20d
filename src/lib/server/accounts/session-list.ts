import { SQL, execute, queryRows } from '#lib/server/database/database.ts';
import { type Change, type ChangeOutcome, refuseChange } from './account-changes.ts';
import { endedSessions, hashOf, isRunning } from './sessions.ts';

/** A session as its user sees it. */
export interface ListedSession {
	/** Names the session towards its user. Neither the session's id nor its stored hash can be derived from it. */
	handle: string;
	/** The browser in words, such as "Firefox on Linux"; null if unknown. */
	device: string | null;
	created_at: Date;
	/** The last visit, give or take an hour. */
	last_seen_at: Date;
	/** Whether it is the session of the browser that asks. */
	is_current: boolean;
}

/** More devices than anybody has. */
const MAX_LISTED = 100;

const HANDLE = SQL`encode(sha256(id_hash), 'hex')`;

/** Lists the running sessions of a user, the one with the id `currentId` first, then the one seen last. */
export async function listSessions(userId: number, currentId: string): Promise<ListedSession[]> {
	return queryRows<ListedSession>(
		SQL`SELECT `
			.append(HANDLE)
			.append(
				SQL` AS handle, device, created_at, last_seen_at, id_hash = ${hashOf(currentId)} AS is_current
		FROM sessions WHERE user_id = ${userId} AND `
			)
			.append(isRunning())
			.append(SQL` ORDER BY is_current DESC, last_seen_at DESC LIMIT ${MAX_LISTED}`)
	);
}

/** Ends one listed session. Resolves to 'unknown' if it has ended already. */
export async function endSession(change: Change, handle: string): Promise<ChangeOutcome | { kind: 'unknown' }> {
	const refused = await refuseChange<never>(change, {});
	if (refused) return refused;
	if (!/^[\da-f]{64}$/.test(handle)) return { kind: 'unknown' };
	const own = SQL`user_id = ${change.member.id} AND `.append(HANDLE).append(SQL` = ${handle}`);
	return { kind: (await execute(endedSessions(own))) === 1 ? 'done' : 'unknown' };
}
