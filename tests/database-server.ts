import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { migrate } from '#lib/server/database/migrations.ts';
import { startEmbeddedPostgres } from '../bin/embedded-postgres.ts';

/** The database that every test's own is cloned from. */
const TEMPLATE = 'minitwit_template';

/**
 * A PostgreSQL server for a test run: `DATABASE_URL`'s when that is set, else one of its own in a
 * temporary folder, which is removed afterwards. Its template holds the migrated schema.
 * @returns the address of the maintenance database, and how to stop
 */
export async function startTestServer(): Promise<{ url: string; stop: () => Promise<void> }> {
	const given = process.env.DATABASE_URL;
	const folder = given ? null : mkdtempSync(join(tmpdir(), 'minitwit-test-'));
	// A crash may lose a test's data: nothing waits for the disk.
	const quick = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' };
	const server = folder ? await startEmbeddedPostgres(folder, quick) : null;
	const url = given ?? server?.urlOf('postgres') ?? '';
	await query(url, `DROP DATABASE IF EXISTS ${TEMPLATE} WITH (FORCE)`);
	await query(url, `CREATE DATABASE ${TEMPLATE}`);
	await migrate(databaseUrl(url, TEMPLATE), 'sql/migrations');
	return {
		url,
		stop: async () => {
			await server?.stop();
			if (folder) rmSync(folder, { recursive: true, force: true });
		}
	};
}

/** A new database with the current schema. Drop it with the returned function. */
export async function createTestDatabase(serverUrl: string): Promise<{ url: string; drop: () => Promise<void> }> {
	const name = `minitwit_test_${crypto.randomUUID().replaceAll('-', '')}`;
	await query(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE} STRATEGY FILE_COPY`);
	return { url: databaseUrl(serverUrl, name), drop: () => query(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`) };
}

async function query(url: string, sql: string): Promise<void> {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	try {
		await client.query(sql);
	} finally {
		await client.end();
	}
}

function databaseUrl(serverUrl: string, database: string): string {
	const url = new URL(serverUrl);
	url.pathname = `/${database}`;
	return url.href;
}

declare module 'vitest' {
	interface ProvidedContext {
		serverUrl: string;
	}
}

/** Vitest's global setup. */
export default async function setup(project: { provide(key: 'serverUrl', value: string): void }) {
	const server = await startTestServer();
	project.provide('serverUrl', server.url);
	return server.stop;
}
