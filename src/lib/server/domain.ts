import type { Config } from './config.ts';
import { connectDatabase, disconnectDatabase } from './database.ts';
import type { Logger } from './log.ts';
import { isSchemaCurrent } from './migrations.ts';
import { configureRateLimits } from './rate-limits.ts';
import { configureSessions } from './sessions.ts';
import { configureUsers } from './users.ts';

let migrationsFolder = '';

/** Connects the domain to its database, for either server. */
export function startDomain(config: Config, logger: Logger): void {
	connectDatabase({
		url: config.DATABASE_URL,
		poolSize: config.DATABASE_POOL_SIZE,
		onError: (error) => logger.warn({ err: error }, 'A database connection was lost')
	});
	migrationsFolder = config.MIGRATIONS_FOLDER;
	configureRateLimits(config);
	configureSessions(config.SESSION_DAYS);
	configureUsers(config.SIMULATOR_USERNAME);
}

/** Ends the connections to the database once the statements under way are done. */
export async function stopDomain(): Promise<void> {
	await disconnectDatabase();
}

/** Whether requests can be served: the database answers and its schema is current. */
export async function isReady(): Promise<boolean> {
	return isSchemaCurrent(migrationsFolder).catch(() => false);
}
