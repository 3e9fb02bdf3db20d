import { broadcast } from '#lib/offline/broadcast.ts';
import type { Entry } from './indexed-db.ts';
import { UNDO_MS, deleteEntry, deleteSentEntry, isSuperseded, listEntries, updateEntry } from './entries.ts';
import { MAX_RETRY_DELAY_MS, retryDelay } from './retry-delay.ts';
import { MAX_RETRY_AFTER_MS } from './retry-after-header.ts';
import { type Outcome, sendEntry } from './send-entry.ts';

/**
 * The result of a run: when to run again (milliseconds since 1970, null for never), and whether the user
 * must log in first.
 */
export interface Run {
	nextTryAt: number | null;
	isSignedOut: boolean;
}

/** What a run depends on; tests replace it. */
export interface Ports {
	send: (entry: Entry) => Promise<Outcome>;
	now: () => number;
	/** Returns a number from 0 up to, but not including, 1. */
	random: () => number;
}

const REAL: Ports = { send: sendEntry, now: () => Date.now(), random: () => Math.random() };
const LOCK = 'minitwit-outbox';

/**
 * Sends an account's waiting entries in order, one after the other. One sender runs at a time across all
 * tabs and the service worker; the others wait for it. An entry is deleted only after the server has
 * confirmed its id, so a sender may be killed at any point: the entry is sent again, and the server
 * recognises the id. A refused entry is skipped; any other failure stops the run, because the rest would
 * fail too. `isUrgent` skips the retry delay, for example when the network is back, but not the server's
 * `Retry-After`. What the user can still undo waits, and holds up nothing.
 */
export async function sendWaiting(owner: number, isUrgent: boolean, ports: Ports = REAL): Promise<Run> {
	return navigator.locks.request(LOCK, async () => {
		for (;;) {
			const unsent = (await listEntries(owner)).filter(({ state }) => state !== 'failed');
			const entry = unsent.find((unsentEntry) => !isHeld(unsentEntry, ports.now()));
			if (!entry) {
				const held = unsent.map(({ heldUntil = 0 }) => heldUntil);
				return { nextTryAt: held.length > 0 ? Math.min(...held) : null, isSignedOut: false };
			}
			if (!isDue(entry, isUrgent, ports.now())) return { nextTryAt: entry.nextTryAt, isSignedOut: false };
			// The user may have taken it back meanwhile.
			if (!(await updateEntry(entry, { state: 'sending' }))) continue;
			const outcome = await ports.send(entry);
			const run = await saveOutcome(entry, outcome, ports);
			if (run) return run;
		}
	});
}

function isHeld({ heldUntil = 0 }: Entry, now: number): boolean {
	// A time further ahead comes from a clock that has been set back since.
	return heldUntil > now && heldUntil - now <= UNDO_MS;
}

function isDue({ nextTryAt, notBefore = 0 }: Entry, isUrgent: boolean, now: number): boolean {
	// A time further ahead than any delay set here comes from a clock that has been set back since.
	const hasRetryAfter = notBefore > now && notBefore - now <= MAX_RETRY_AFTER_MS;
	if (hasRetryAfter) return false;
	return isUrgent || nextTryAt <= now || nextTryAt - now > MAX_RETRY_DELAY_MS;
}

/** Saves the outcome of an attempt. Returns null if the next entry may be sent, else the result of the run. */
async function saveOutcome(entry: Entry, outcome: Outcome, { now, random }: Ports): Promise<Run | null> {
	if (outcome.kind === 'sent') {
		await deleteSentEntry(entry, now());
		broadcast({ type: 'sent', entry, message: outcome.message, sentence: outcome.sentence });
		return null;
	}
	const attempts = entry.attempts + 1;
	const { sentence: lastError } = outcome;
	if (outcome.kind === 'refused') {
		// A newer follow or unfollow of the same user makes a retry pointless.
		if (await isSuperseded(entry)) await deleteEntry(entry);
		else await updateEntry(entry, { state: 'failed', attempts, lastError });
		return null;
	}
	if (outcome.kind === 'signed-out') {
		await updateEntry(entry, { state: 'waiting', attempts, lastError });
		return { nextTryAt: null, isSignedOut: true };
	}
	const notBefore = now() + (outcome.retryAfterMs ?? 0);
	const nextTryAt = Math.max(notBefore, now() + retryDelay(attempts, random));
	await updateEntry(entry, { state: 'waiting', attempts, nextTryAt, notBefore, lastError });
	return { nextTryAt, isSignedOut: false };
}
