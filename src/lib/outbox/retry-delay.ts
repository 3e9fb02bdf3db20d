const FIRST_DELAY_MS = 1_000;
/** The longest delay before a retry, however often the entry has failed and even if the clock is set back. */
export const MAX_RETRY_DELAY_MS = 5 * 60_000;

/**
 * Returns the time to wait after this many attempts, in milliseconds: exponential backoff with a random factor from
 * 0.5 to 1, so that browsers don't retry all at once. `random` returns a number from 0 up to, but not including, 1.
 */
export function retryDelay(attempts: number, random: () => number): number {
	const delay = Math.min(FIRST_DELAY_MS * 2 ** (attempts - 1), MAX_RETRY_DELAY_MS);
	return delay * (0.5 + random() / 2);
}
