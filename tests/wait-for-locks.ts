import { expect } from 'vitest';
import { SQL, execute } from '#lib/server/database/database.ts';

const WAITING = SQL`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;

/** Waits until this many sessions of a test's database are waiting for a lock. */
export async function untilWaiting(count: number): Promise<void> {
	await expect.poll(() => execute(WAITING)).toBe(count);
}
