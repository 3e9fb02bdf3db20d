import pg from 'pg';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { StartError } from './failures.ts';

/** Any number will do. PostgreSQL frees the lock when its holder dies, however it dies. */
const LAUNCHER_LOCK = 4_817_301;
const DATABASE = 'minitwit';

/** The database of one machine: PostgreSQL in a folder, held by one launcher at a time. */
export interface LocalDatabase {
	url: string;
	stop(): Promise<void>;
}

/**
 * Starts PostgreSQL on a folder, or takes over one that a killed launcher left running.
 * @throws StartError when another launcher holds the folder; its server goes on
 */
export async function openLocalDatabase(folder: string): Promise<LocalDatabase> {
	const server = await startEmbeddedPostgres(folder);
	const client = new pg.Client({ connectionString: server.urlOf('postgres'), application_name: 'minitwit-launcher' });
	// The server ends this session when it stops.
	client.on('error', () => undefined);
	await client.connect();
	const { rows } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [LAUNCHER_LOCK]);
	if (!rows[0]?.held) {
		await client.end();
		throw new StartError(
			`MiniTwit already runs on the data in ${folder}: stop it first, or set DATA_FOLDER, PORT and API_PORT for a second one.`
		);
	}
	const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
	if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
	return { url: server.urlOf(DATABASE), stop: () => server.stop() };
}
