import type pg from 'pg';
import { SQL } from '#lib/server/database/database.ts';
import { type Actor, NO_SUBJECT, recorded } from '#lib/server/moderation/audit-records.ts';
import { type ImportSummary, KINDS } from './tally.ts';

/* The transactions of an import: only one import runs, and what each transaction takes is recorded in it. */

/** Arbitrary, but the same for every import. */
const IMPORT_LOCK = 4_817_303;

/**
 * For an import's transactions. The planner knows nothing of the staging tables, which only their owner may analyze, and
 * must not take them for small.
 */
const SETTINGS = `
	SET LOCAL statement_timeout = 0;
	SET LOCAL lock_timeout = 0;
	SET LOCAL jit = off;
	SET LOCAL enable_nestloop = off;
	SET LOCAL work_mem = '64MB'`;

/** An import that cannot be done. The message is for the operator. */
export class ImportError extends Error {}

/** Begins a transaction of the only import that runs. No time-out of the role applies. */
export async function begin(client: pg.ClientBase): Promise<void> {
	await client.query('BEGIN');
	await client.query(SETTINGS);
	const { rowCount } = await client.query(SQL`SELECT WHERE pg_try_advisory_xact_lock(${IMPORT_LOCK})`);
	if (rowCount === 0) throw new ImportError('Another import is running: wait until it has ended.');
}

/** Commits. `onCommit` is called before. */
export async function commit(client: pg.ClientBase, { onCommit }: { onCommit?: () => void }): Promise<void> {
	onCommit?.();
	await client.query('COMMIT');
}

/** Adds an audit record of an import to the transaction. */
export async function record(client: pg.ClientBase, actor: Actor, details: Record<string, unknown>): Promise<void> {
	await client.query(recorded(actor, { action: 'import', reason: null, details }, NO_SUBJECT));
}

/** Adds an audit record of what an import that goes on has taken so far, if anything. */
export async function recordPart(
	client: pg.ClientBase,
	actor: Actor,
	source: string,
	summary: ImportSummary
): Promise<void> {
	if (KINDS.some((kind) => summary[kind].imported > 0))
		await record(client, actor, { source, ...summary, unfinished: true });
}
