import pg from 'pg';
import { afterEach, expect, test, vi } from 'vitest';
import { SQL, execute } from '#lib/server/database/database.ts';
import { createLogger } from '#lib/server/observability/log.ts';
import { deleteExpired, startMaintenance, stopMaintenance } from '#lib/server/maintenance.ts';
import { createExpiredRows, findLeft } from '../expired-rows.ts';
import { useDatabase } from '../use-database.ts';

const database = useDatabase();
const logger = createLogger('test', 'silent');

/** Sessions that wait for a lock. */
const WAITING = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
const PATIENCE = { timeout: 15_000, interval: 20 };

afterEach(stopMaintenance);

test('deletes expired rows in batches, and nothing else', async () => {
	await createExpiredRows(2_500);
	await deleteExpired();
	expect(await findLeft()).toEqual(['current']);
});

test('only one server deletes at a time', async () => {
	await createExpiredRows(1);
	// With the rows locked, the first server is still deleting when the second one starts.
	const holder = new pg.Client({ connectionString: database.config.DATABASE_URL });
	await holder.connect();
	await holder.query('BEGIN');
	await holder.query('SELECT FROM sessions FOR UPDATE');
	const first = deleteExpired();
	await vi.waitUntil(async () => (await holder.query(WAITING)).rowCount === 1, PATIENCE);
	await deleteExpired();
	expect(await findLeft()).toEqual(['current', 'expired']);
	await holder.query('ROLLBACK');
	await first;
	expect(await findLeft()).toEqual(['current']);
	await holder.end();
});

test('runs at intervals until stopped, even after a failure', async () => {
	const errors = vi.spyOn(logger, 'error');
	const isCleared = async () => (await findLeft()).join() === 'current';
	await createExpiredRows(1);
	startMaintenance(logger, 5);
	await vi.waitUntil(isCleared, PATIENCE);
	await execute(SQL`ALTER TABLE known_devices RENAME TO lost`);
	await vi.waitUntil(() => errors.mock.calls.length > 0, PATIENCE);
	await execute(SQL`ALTER TABLE lost RENAME TO known_devices`);
	await createExpiredRows(1);
	await vi.waitUntil(isCleared, PATIENCE);
	await stopMaintenance();
});
