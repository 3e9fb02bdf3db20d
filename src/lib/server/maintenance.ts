import { SQL, type Statement, inTransaction } from '#lib/server/database/database.ts';
import { closedUsers, followsOfClosed, messagesOfClosed, releasedNames } from '#lib/server/accounts/closed-accounts.ts';
import { expiredInvites } from '#lib/server/accounts/invites.ts';
import { forgottenDevices } from '#lib/server/accounts/known-devices.ts';
import { expiredResets } from '#lib/server/accounts/password-reset.ts';
import { expiredResetRequests } from '#lib/server/accounts/reset-queue.ts';
import { expiredFollowKeys } from '#lib/server/follows/follow-changes.ts';
import { expiredReports } from '#lib/server/moderation/reports.ts';
import type { Logger } from '#lib/server/observability/log.ts';
import { expiredPoints } from '#lib/server/accounts/rate-limits.ts';
import { expiredSessions } from '#lib/server/accounts/sessions.ts';

/*
 * Deletes expired rows and removes closed accounts. Every server runs this job; a lock lets one of them work at a time, and small batches
 * hold no row lock and no connection for long.
 */

/** Held for one transaction, so that it works through a transaction pooler. The number is arbitrary. */
const LOCK = 4_817_302;
const BATCH_ROWS = 1_000;
const FIRST_DELAY_MS = 1_000;
const INTERVAL_MS = 10 * 60 * 1000;

/** In this order: an account is removed after what belongs to it. */
const STATEMENTS: ((rows: number) => Statement)[] = [
	expiredSessions,
	expiredPoints,
	forgottenDevices,
	expiredResets,
	expiredResetRequests,
	expiredFollowKeys,
	expiredInvites,
	expiredReports,
	messagesOfClosed,
	followsOfClosed,
	closedUsers,
	releasedNames
];

interface Job {
	logger: Logger;
	intervalMs: number;
	stopping: AbortController;
	timer?: NodeJS.Timeout;
	running?: Promise<void>;
}

let job: Job | null = null;

/**
 * Starts the job: first after about a second, then at intervals until `stopMaintenance`. It does not keep the
 * process alive.
 */
export function startMaintenance(logger: Logger, intervalMs = INTERVAL_MS): void {
	job = { logger, intervalMs, stopping: new AbortController() };
	schedule(job, Math.min(FIRST_DELAY_MS, intervalMs));
}

/** Stops the job. Resolves once nothing runs any more. */
export async function stopMaintenance(): Promise<void> {
	job?.stopping.abort();
	clearTimeout(job?.timer);
	await job?.running;
	job = null;
}

/** The delay is randomized so that servers started together do not run at the same time. */
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

/** Deletes all expired rows, unless another server is doing so. */
export async function deleteExpired(signal?: AbortSignal): Promise<void> {
	for (const statement of STATEMENTS) {
		while (!signal?.aborted && (await deleteBatch(statement(BATCH_ROWS))) === BATCH_ROWS);
	}
}

/** Resolves to the number of deleted rows; 0 while another server holds the lock. */
function deleteBatch(statement: Statement): Promise<number> {
	return inTransaction(async (execute) => {
		const hasLock = (await execute(SQL`SELECT WHERE pg_try_advisory_xact_lock(${LOCK})`)) === 1;
		return hasLock ? execute(statement) : 0;
	});
}
