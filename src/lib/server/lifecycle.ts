import { connectDatabase, disconnectDatabase } from '#lib/server/database/database.ts';
import type { Logger } from '#lib/server/observability/log.ts';
import { codeOf } from './listening/run-server.ts';
import { isSchemaCurrent } from '#lib/server/database/migrations.ts';
import { configureRateLimits } from '#lib/server/accounts/rate-limits.ts';
import { configureRegistration } from '#lib/server/accounts/registration.ts';
import { connectReplica, disconnectReplica } from '#lib/server/database/replica-reads.ts';
import { configureSessions } from '#lib/server/accounts/sessions.ts';
import { configureUsers } from '#lib/server/accounts/users.ts';
import type { Config } from './config.ts';
import { configureSite } from './site.ts';
import { stopMaintenance } from './maintenance.ts';

/** SQLSTATE undefined_table. */
const UNDEFINED_TABLE = '42P01';

let migrationsFolder = '';

/** Connects the domain to its database, for either server. Connections open at the first statement. */
export function startDomain(config: Config, logger: Logger): void {
	connectDatabase({
		url: config.DATABASE_URL,
		poolSize: config.DATABASE_POOL_SIZE,
		onError: (error) => logger.warn({ err: error }, 'A database connection was lost')
	});
	migrationsFolder = config.MIGRATIONS_FOLDER;
	configureRateLimits(config);
	configureSessions(config.SESSION_DAYS, config.SESSION_MAX_DAYS);
	configureUsers(config.SIMULATOR_USERNAME);
	configureRegistration(config);
	configureSite(config);
}

/**
 * Enables replica reads if DATABASE_READ_URL names another server than the primary. The API reads only from the
 * primary.
 */
export function startReplica(config: Config, logger: Logger): void {
	const { DATABASE_READ_URL: url, DATABASE_URL, DATABASE_DIRECT_URL } = config;
	if (url === undefined || url === DATABASE_URL || url === DATABASE_DIRECT_URL) return;
	connectReplica({
		url,
		poolSize: config.DATABASE_POOL_SIZE,
		onChange: (isUsed) => {
			if (isUsed) logger.info('Pages are read from the replica');
			else logger.warn('The replica is unavailable or too far behind: pages are read from the primary');
		},
		onError: (error) => logger.warn({ err: error }, 'A connection to the replica was lost')
	});
}

/** Stops maintenance, then disconnects from the database and the replica after the running statements have finished. */
export async function stopDomain(): Promise<void> {
	await stopMaintenance();
	await Promise.all([disconnectDatabase(), disconnectReplica()]);
}

/** Whether the database has the newest schema. @throws if it does not answer */
export async function isMigrated(): Promise<boolean> {
	return isSchemaCurrent(migrationsFolder).catch((error) => {
		if (codeOf(error) === UNDEFINED_TABLE) return false;
		throw error;
	});
}

/** Whether requests can be served: the database answers and its schema is current. */
export async function isReady(): Promise<boolean> {
	return isMigrated().catch(() => false);
}
