import { readdirSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import pg from 'pg';
import Postgrator from 'postgrator';
import { queryRow, SQL } from './database.ts';

/** Any number will do, as long as every process that migrates uses the same. */
const MIGRATION_LOCK = 7_162_534;

/**
 * Brings the schema to the newest version. Several processes may call it at once: an advisory lock
 * lets one work and the rest wait. Resolves to the names of the steps taken.
 */
export async function migrate(databaseUrl: string, folder: string): Promise<string[]> {
	const client = new pg.Client({ connectionString: databaseUrl, application_name: 'minitwit-migrate' });
	try {
		await client.connect();
		await client.query(SQL`SELECT pg_advisory_lock(${MIGRATION_LOCK})`);
		// A pooler may know the database under another name.
		const { rows } = await client.query<{ database: string }>(SQL`SELECT current_database() AS database`);
		const postgrator = new Postgrator({
			driver: 'pg',
			database: rows[0]?.database,
			migrationPattern: resolve(folder, '*.sql'),
			schemaTable: 'schema_version',
			execQuery: (query) => client.query(query)
		});
		return (await postgrator.migrate()).map((step) => basename(step.filename));
	} finally {
		await client.end();
	}
}

/** Whether the database answers and has had every step in the folder. */
export async function isSchemaCurrent(folder: string): Promise<boolean> {
	const newest = Math.max(...readdirSync(folder).map((file) => Number.parseInt(file, 10)));
	const row = await queryRow<{ version: number }>(SQL`SELECT max(version) AS version FROM schema_version`);
	return row !== null && row.version >= newest;
}
