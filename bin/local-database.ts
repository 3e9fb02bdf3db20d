import pg from 'pg';
import { findEmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';
import { StartError } from './failures.ts';

/** Arbitrary. PostgreSQL releases the lock when its holder dies, even by SIGKILL. */
const LAUNCHER_LOCK = 4_817_301;
const DATABASE = 'minitwit';

/** The local database: PostgreSQL in a folder, owned by one launcher at a time. */
export interface LocalDatabase {
	url: string;
	stop(): Promise<void>;
}

/**
 * Starts PostgreSQL in a folder, or takes over a server that a killed launcher left running.
 * @throws StartError if another launcher owns the folder; its server keeps running
 */
export async function openLocalDatabase(folder: string): Promise<LocalDatabase> {
	const server = await startEmbeddedPostgres(folder);
	const client = new pg.Client({ connectionString: server.urlOf('postgres'), application_name: 'minitwit-launcher' });
	// The server terminates this session when it stops.
	client.on('error', () => undefined);
	await client.connect();
	const { rows } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [LAUNCHER_LOCK]);
	if (!rows[0]?.held) {
		await client.end();
		throw new StartError(
			`MiniTwit already runs on the data in ${folder}: stop it first, or set DATA_FOLDER, PORT and API_PORT for a second instance.`
		);
	}
	const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
	if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
	return { url: server.urlOf(DATABASE), stop: () => server.stop() };
}

/** Returns the URL of the local database that `npm start` runs in a folder, or null if it does not run. */
export function findLocalDatabase(folder: string): string | null {
	return findEmbeddedPostgres(folder, DATABASE);
}
