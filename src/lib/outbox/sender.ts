import { announce } from '#lib/offline/broadcast.ts';
import type { Entry } from './indexed-db.ts';
import { deleteEntry, isOutdated, listEntries, updateEntry } from './entries.ts';
import { LONGEST_RETRY_AFTER_MS } from './retry-after.ts';
import { type Outcome, sendEntry } from './send-entry.ts';

/** What became of a run: when to run again by itself (milliseconds since 1970), and why it stopped. */
export interface Run {
	nextTryAt: number | null;
	isSignedOut: boolean;
}

/** Replaceable for tests. */
export interface Ports {
	send: (entry: Entry) => Promise<Outcome>;
	now: () => number;
	/** From 0 up to 1. */
	random: () => number;
}

const REAL: Ports = { send: sendEntry, now: () => Date.now(), random: () => Math.random() };
const LOCK = 'minitwit-outbox';
const FIRST_DELAY_MS = 1_000;
/** However often it failed, and whatever the clock says, an entry is tried again within this time. */
export const LONGEST_DELAY_MS = 5 * 60_000;

/**
 * Sends what an account has waiting, in its order, one entry after the other. Over all tabs and the
 * worker one sender runs at a time; the others come after it. An entry is taken out only once the
 * server has named it, so a sender may be killed at any point: what it sent is sent again and
 * recognised by its id. A refused entry is left behind; anything else that fails holds up the rest,
 * which would fail too. `isUrgent` is for a reason to try at once: the network came back.
 */
export async function sendWaiting(owner: number, isUrgent: boolean, ports: Ports = REAL): Promise<Run> {
	return navigator.locks.request(LOCK, async () => {
		for (;;) {
			const entry = (await listEntries(owner)).find(({ state }) => state !== 'failed');
			if (!entry) return { nextTryAt: null, isSignedOut: false };
			if (!isDue(entry, isUrgent, ports.now())) return { nextTryAt: entry.nextTryAt, isSignedOut: false };
			await updateEntry(entry, { state: 'sending' });
			const outcome = await ports.send(entry);
			const run = await settle(entry, outcome, ports);
			if (run) return run;
		}
	});
}

function isDue({ nextTryAt, notBefore = 0 }: Entry, isUrgent: boolean, now: number): boolean {
	// A time further ahead than we ever set comes from a clock that has been put back since.
	const isAskedToWait = notBefore > now && notBefore - now <= LONGEST_RETRY_AFTER_MS;
	if (isAskedToWait) return false;
	return isUrgent || nextTryAt <= now || nextTryAt - now > LONGEST_DELAY_MS;
}

/** Writes down what an attempt came to. Null when the next entry may be sent. */
async function settle(entry: Entry, outcome: Outcome, { now, random }: Ports): Promise<Run | null> {
	if (outcome.kind === 'sent') {
		await deleteEntry(entry);
		announce({ type: 'sent', entry, message: outcome.message, sentence: outcome.sentence });
		return null;
	}
	const attempts = entry.attempts + 1;
	const { sentence: lastError } = outcome;
	if (outcome.kind === 'refused') {
		// Nobody wants to retry a follow that they have since taken back.
		if (await isOutdated(entry)) await deleteEntry(entry);
		else await updateEntry(entry, { state: 'failed', attempts, lastError });
		return null;
	}
	if (outcome.kind === 'signed-out') {
		await updateEntry(entry, { state: 'waiting', attempts, lastError });
		return { nextTryAt: null, isSignedOut: true };
	}
	const notBefore = now() + (outcome.retryAfterMs ?? 0);
	const nextTryAt = Math.max(notBefore, now() + delayAfter(attempts, random));
	await updateEntry(entry, { state: 'waiting', attempts, nextTryAt, notBefore, lastError });
	return { nextTryAt, isSignedOut: false };
}

/** Twice as long after each failure, and of that a random part from the half up, so that many browsers do not come back at once. */
function delayAfter(attempts: number, random: () => number): number {
	const longest = Math.min(FIRST_DELAY_MS * 2 ** (attempts - 1), LONGEST_DELAY_MS);
	return longest * (0.5 + random() / 2);
}
