import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { isSchemaCurrent, migrate } from '#lib/server/database/migrations.ts';
import { describeSchema } from '../../tools/schema.ts';
import { createTestDatabase } from '../database-server.ts';
import { useDatabase } from '../use-database.ts';

const FOLDER = 'sql/migrations';

const context = useDatabase();
let other: Awaited<ReturnType<typeof createTestDatabase>>;
const folder = mkdtempSync(join(tmpdir(), 'minitwit-migrations-'));

beforeAll(async () => {
	other = await createTestDatabase(inject('serverUrl'));
});

afterAll(async () => {
	await other.drop();
	rmSync(folder, { recursive: true });
});

test('sql/schema.sql is the result of the migrations; `node tools/schema.ts` regenerates it', async () => {
	expect(await describeSchema(context.config.DATABASE_URL)).toBe(readFileSync('sql/schema.sql', 'utf8'));
});

test('a schema is current once every migration has been applied', async () => {
	expect(await isSchemaCurrent(FOLDER)).toBe(true);
	expect(await migrate(context.config.DATABASE_URL, FOLDER)).toEqual([]);
	writeFileSync(join(folder, '9999.do.later.sql'), 'SELECT 1;');
	expect(await isSchemaCurrent(folder)).toBe(false);
});

test('concurrent migrations apply each step once', async () => {
	const steps = mkdtempSync(join(folder, 'steps-'));
	for (const name of ['0001.do.first.sql', '0002.do.second.sql']) {
		writeFileSync(join(steps, name), `CREATE TABLE step_${name.slice(0, 4)} (id integer);`);
	}
	// A database that was never migrated has no version table.
	const client = new pg.Client({ connectionString: other.url });
	await client.connect();
	await client.query('DROP TABLE schema_version');
	await client.end();
	const taken = await Promise.all([1, 2, 3, 4].map(() => migrate(other.url, steps)));
	expect(taken.flat().toSorted()).toEqual(['0001.do.first.sql', '0002.do.second.sql']);
	expect(taken.filter((names) => names.length > 0)).toHaveLength(1);
});
