import { afterAll, beforeAll, inject } from 'vitest';
import { type Config, readConfig } from '#lib/server/config.ts';
import { disconnectDatabase } from '#lib/server/database/database.ts';
import { startDomain } from '#lib/server/lifecycle.ts';
import { createLogger } from '#lib/server/observability/log.ts';
import { createTestDatabase } from './database-server.ts';

/**
 * Gives a test file a database of its own with the domain connected to it. `overrides` are
 * configuration keys. The returned object has the configuration once the tests run.
 */
export function useDatabase(overrides: Record<string, string> = {}): { config: Config } {
	const context = {} as { config: Config };
	let drop: () => Promise<void>;
	beforeAll(async () => {
		const database = await createTestDatabase(inject('serverUrl'));
		drop = database.drop;
		context.config = readConfig({ DATABASE_URL: database.url, LOG_LEVEL: 'silent', ...overrides });
		startDomain(context.config, createLogger('test', 'silent'));
	});
	afterAll(async () => {
		await disconnectDatabase();
		await drop();
	});
	return context;
}
