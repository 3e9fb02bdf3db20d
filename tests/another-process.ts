import { onTestFinished, vi } from 'vitest';
import type { Config } from '#lib/server/config.ts';
import { createLogger } from '#lib/server/observability/log.ts';

/**
 * Loads a module of the domain as another process would, with state of its own and its own connections to the
 * database. They are closed after the test.
 */
export async function loadInAnotherProcess<T>(config: Config, load: () => Promise<T>): Promise<T> {
	vi.resetModules();
	const { startDomain } = await import('#lib/server/lifecycle.ts');
	const { disconnectDatabase } = await import('#lib/server/database/database.ts');
	startDomain(config, createLogger('test', 'silent'));
	onTestFinished(disconnectDatabase);
	return load();
}
