import pg from 'pg';
import { expect, vi } from 'vitest';
import { databasePool } from '#lib/server/database/database.ts';

/*
 * Captures the statements that the domain functions send to PostgreSQL and explains them verbatim, with
 * a custom plan and with the generic plan that a prepared statement may get after several executions.
 */

interface Plan {
	'Node Type': string;
	'Relation Name'?: string;
	'Shared Hit Blocks': number;
	'Shared Read Blocks': number;
	Plans?: Plan[];
}

/** Tables with a few fixed rows, which a sequential scan may read. */
const TINY = ['simulator_latest'];

/** Returns the statements that a domain function sends. */
async function capture(work: () => Promise<unknown>): Promise<pg.QueryConfig[]> {
	const query = vi.spyOn(databasePool(), 'query');
	try {
		await work();
		const statements = query.mock.calls.map(([statement]) => statement as unknown as pg.QueryConfig);
		// NOTIFY has no plan, and the rate limit statements belong to a library.
		return statements.filter(({ text }) => !/^NOTIFY|rate_limits/.test(text));
	} finally {
		query.mockRestore();
	}
}

/** Returns a parameter as SQL. */
function toLiteral(value: unknown): string {
	if (value === null) return 'NULL';
	if (!Array.isArray(value)) return pg.escapeLiteral(String(value));
	const elements = value.map((element) => (element === null ? 'NULL' : JSON.stringify(String(element))));
	return pg.escapeLiteral(`{${elements.join(',')}}`);
}

/** Runs a statement in a plan cache mode and returns what PostgreSQL did. Its effect is rolled back. */
async function explain({ text, values = [] }: pg.QueryConfig, mode: string): Promise<Plan> {
	const literals = values.map(toLiteral);
	const run = `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE captured${literals.length > 0 ? `(${literals.join(', ')})` : ''}`;
	const client = await databasePool().connect();
	try {
		await client.query(`BEGIN; SET LOCAL plan_cache_mode = ${mode}; PREPARE captured AS ${text}`);
		// The first run reads the catalogue and sets hint bits.
		await client.query(run);
		const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(run);
		if (!rows[0]) throw new Error('EXPLAIN returned nothing');
		return rows[0]['QUERY PLAN'][0].Plan;
	} finally {
		await client.query('ROLLBACK; DEALLOCATE captured');
		client.release();
	}
}

function nodesOf(plan: Plan): Plan[] {
	return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

/** Explains all statements of `work` and expects index scans only. Resolves to the most buffers of one statement. */
export async function measure(work: () => Promise<unknown>): Promise<number> {
	const statements = await capture(work);
	expect(statements.length).toBeGreaterThan(0);
	let most = 0;
	for (const statement of statements) {
		for (const mode of ['force_custom_plan', 'force_generic_plan']) {
			const plan = await explain(statement, mode);
			const scanned = nodesOf(plan)
				.filter((node) => node['Node Type'] === 'Seq Scan')
				.map((node) => node['Relation Name'] ?? '');
			expect(
				scanned.filter((table) => !TINY.includes(table)),
				`${mode}: ${statement.text}`
			).toEqual([]);
			most = Math.max(most, plan['Shared Hit Blocks'] + plan['Shared Read Blocks']);
		}
	}
	return most;
}
