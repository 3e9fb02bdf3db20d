import { readdirSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import Postgrator from 'postgrator';
import { queryRow, SQL } from './database.ts';

/** Arbitrary, but the same in every process that migrates. */
const MIGRATION_LOCK = 7_162_534;
const LOCK_POLL_MS = 100;

/**
 * Migrates the schema to the newest version. Concurrent calls are safe: an advisory lock lets one process
 * migrate while the others wait. Resolves to the file names of the migrations that were applied.
 */
export async function migrate(databaseUrl: string, folder: string): Promise<string[]> {
	const client = new pg.Client({ connectionString: databaseUrl, application_name: 'minitwit-migrate' });
	try {
		await client.connect();
		await lock(client);
		// A pooler may expose the database under another name.
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

/** A statement that waited for the lock would be a transaction for which CREATE INDEX CONCURRENTLY waits in turn. */
async function lock(client: pg.Client): Promise<void> {
	for (;;) {
		const { rows } = await client.query<{ isLocked: boolean }>(
			SQL`SELECT pg_try_advisory_lock(${MIGRATION_LOCK}) AS "isLocked"`
		);
		if (rows[0]?.isLocked) return;
		await delay(LOCK_POLL_MS);
	}
}

/** Whether the database has every migration in the folder. Rejects if the database does not answer. */
export async function isSchemaCurrent(folder: string): Promise<boolean> {
	return (await listPendingMigrations(folder)).length === 0;
}

/** Resolves to the file names of the migrations that are not applied. Rejects if the database does not answer. */
export async function listPendingMigrations(folder: string): Promise<string[]> {
	const row = await queryRow<{ version: number | null }>(SQL`SELECT max(version) AS version FROM schema_version`);
	const isPending = (file: string) => Number.parseInt(file, 10) > (row?.version ?? 0);
	return readdirSync(folder).filter(isPending).sort();
}
