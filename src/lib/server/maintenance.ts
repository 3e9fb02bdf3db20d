import { SQL, type Statement, inTransaction } from '#lib/server/database/database.ts';
import { forgottenDevices } from '#lib/server/accounts/known-devices.ts';
import type { Logger } from '#lib/server/observability/log.ts';
import { expiredPoints } from '#lib/server/accounts/rate-limits.ts';
import { expiredSessions } from '#lib/server/accounts/sessions.ts';

/*
 * Removes rows that have run out. Every server has this job; the lock lets one of them work at a time,
 * and small batches keep no row and no connection for long.
 */

/** Holds for one transaction, so that it works through a pooler of transactions too. Any number will do. */
const LOCK = 4_817_302;
const BATCH_ROWS = 1_000;
const FIRST_DELAY_MS = 1_000;
const INTERVAL_MS = 10 * 60 * 1000;

const STATEMENTS: ((rows: number) => Statement)[] = [expiredSessions, expiredPoints, forgottenDevices];

interface Job {
	logger: Logger;
	intervalMs: number;
	stopping: AbortController;
	timer?: NodeJS.Timeout;
	running?: Promise<void>;
}

let job: Job | null = null;

/** Begins soon and then goes on at intervals, until `stopMaintenance`. Keeps no process alive. */
export function startMaintenance(logger: Logger, intervalMs = INTERVAL_MS): void {
	job = { logger, intervalMs, stopping: new AbortController() };
	schedule(job, Math.min(FIRST_DELAY_MS, intervalMs));
}

/** Resolves once nothing runs any more. */
export async function stopMaintenance(): Promise<void> {
	job?.stopping.abort();
	clearTimeout(job?.timer);
	await job?.running;
	job = null;
}

/** At random around the given time, so that servers started together do not ask together. */
function schedule(job: Job, delayMs: number): void {
	job.timer = setTimeout(() => (job.running = run(job)), delayMs * (0.5 + Math.random())).unref();
}

async function run(job: Job): Promise<void> {
	const { logger, intervalMs, stopping } = job;
	await deleteExpired(stopping.signal).catch((error: unknown) =>
		logger.error({ err: error }, 'Expired rows could not be removed')
	);
	if (!stopping.signal.aborted) schedule(job, intervalMs);
}

/** Removes all that has run out, unless another server does. */
export async function deleteExpired(signal?: AbortSignal): Promise<void> {
	for (const statement of STATEMENTS) {
		while (!signal?.aborted && (await deleteBatch(statement(BATCH_ROWS))) === BATCH_ROWS);
	}
}

/** Resolves to the number of removed rows; to 0 while another server works. */
function deleteBatch(statement: Statement): Promise<number> {
	return inTransaction(async (execute) => {
		const hasLock = (await execute(SQL`SELECT WHERE pg_try_advisory_xact_lock(${LOCK})`)) === 1;
		return hasLock ? execute(statement) : 0;
	});
}
