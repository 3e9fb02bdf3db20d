import pg from 'pg';
import { SQL } from '#lib/server/database/database.ts';
import { type Actor, NO_SUBJECT, recorded } from '#lib/server/moderation/audit-records.ts';
import { listRejects } from './list-rejects.ts';
import { BEGINNING, findPosition, rememberPosition } from './position.ts';
import { clearStaging, findReading, readSource } from './read-source.ts';
import type { Source } from './source.ts';
import { takeFollows, takeMessages } from './take-rows.ts';
import { takeUsers } from './take-users.ts';
import { type ImportSummary, type Reject, addsUp } from './tally.ts';

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

export interface ImportOptions {
	/** Reads and decides everything, and takes nothing. */
	dryRun?: boolean;
	/** Allows accounts that no import made, and adds to those with the same name and e-mail address. */
	merge?: boolean;
	/** Reads only messages that may be newer than those of the last import of this source. */
	sinceLast?: boolean;
	/** Takes what an interrupted import has read, if it had read everything. */
	resume?: boolean;
	/** Called when no other import can run any more. `isResumed`: it goes on from what an interrupted one has read. */
	onBegin?(isResumed: boolean): void;
	/** Called before a COMMIT: what was rejected so far will not be rejected again. */
	onCommit?(): void;
	onReject?(reject: Reject): void;
	/** Called with the number of rows read, then with that of messages taken, of `total`. */
	onStep?(step: ImportStep, done: number, total?: number): void;
}

export type ImportStep = 'read' | 'take' | 'end';

/**
 * Takes the rows of an older system that are not here yet. Into a site without accounts, all of them are taken in one
 * transaction; a site with accounts would wait for it, so messages are taken in parts, and an interrupted import has to be
 * repeated. Resolves to a summary that adds up.
 * @throws ImportError
 */
export async function importFrom(
	databaseUrl: string,
	source: Source,
	actor: Actor,
	options: ImportOptions = {}
): Promise<ImportSummary> {
	const client = new pg.Client({ connectionString: databaseUrl, application_name: 'minitwit-import' });
	client.on('error', () => undefined); // the running statement rejects, too
	await client.connect();
	try {
		await begin(client);
		await read(client, source, options);
		await commit(client, options);
		await begin(client);
		const summary = await take(client, source.name, options);
		await clearStaging(client);
		if (!options.dryRun) await record(client, actor, source.name, summary);
		await commit(client, options);
		// Without it, the planner takes the tables for empty until autovacuum comes. It is the owner's; others get a warning.
		await client.query('ANALYZE users, user_counts, messages, follows');
		return summary;
	} finally {
		await client.end();
	}
}

/** Begins a transaction of the only import that runs. No time-out of the role applies. */
async function begin(client: pg.ClientBase): Promise<void> {
	await client.query('BEGIN');
	await client.query(SETTINGS);
	const { rowCount } = await client.query(SQL`SELECT WHERE pg_try_advisory_xact_lock(${IMPORT_LOCK})`);
	if (rowCount === 0) throw new ImportError('Another import is running: wait until it has ended.');
}

async function read(client: pg.ClientBase, source: Source, options: ImportOptions): Promise<void> {
	if (!options.merge) await requireNoOtherAccounts(client);
	const isResumed = options.resume === true && (await findReading(client, source.name)) !== null;
	const after = options.sinceLast && !isResumed ? await findPosition(client, source.name) : BEGINNING;
	if (after === null) throw new ImportError(`Nothing was imported from ${source.name} yet: import all of it first.`);
	options.onBegin?.(isResumed);
	if (!isResumed) await readSource(client, source, after, options);
}

async function requireNoOtherAccounts(client: pg.ClientBase): Promise<void> {
	const { rowCount } = await client.query(SQL`
		SELECT FROM users WHERE NOT EXISTS (SELECT FROM imported_users WHERE user_id = users.id) LIMIT 1`);
	if (rowCount === 0) return;
	throw new ImportError(
		'The site has accounts that no import made. With --merge, accounts with the same name and e-mail address become one, and new messages stand above those that are here.'
	);
}

async function take(client: pg.ClientBase, source: string, options: ImportOptions): Promise<ImportSummary> {
	const reading = await findReading(client, source);
	if (!reading) throw new ImportError('Another import has begun meanwhile: repeat this one.');
	const { summary, latest, last_message: lastMessage } = reading;
	const { rowCount } = await client.query(SQL`SELECT FROM users LIMIT 1`);
	const inOneTransaction = options.dryRun || rowCount === 0;
	if (options.dryRun) await client.query('SAVEPOINT dry_run');
	await takeUsers(client, options.merge ?? false, summary);
	await takeFollows(client, summary);
	await takeMessages(client, summary, async (done, total) => {
		options.onStep?.('take', done, total);
		if (inOneTransaction) return;
		await commit(client, options);
		await begin(client);
	});
	if (latest !== null) await takeLatest(client, latest);
	await rememberPosition(client, source, lastMessage);
	options.onStep?.('end', 0);
	await listRejects(client, summary, options.onReject ?? (() => undefined));
	if (options.dryRun) await client.query('ROLLBACK TO SAVEPOINT dry_run');
	if (!addsUp(summary)) throw new Error(`The numbers of the import do not add up: ${JSON.stringify(summary)}`);
	return summary;
}

async function record(client: pg.ClientBase, actor: Actor, source: string, summary: ImportSummary): Promise<void> {
	await client.query(recorded(actor, { action: 'import', reason: null, details: { source, ...summary } }, NO_SUBJECT));
}

async function commit(client: pg.ClientBase, options: ImportOptions): Promise<void> {
	options.onCommit?.();
	await client.query('COMMIT');
}

/** Takes over the number of the simulator's last action, unless a later one was received here. */
async function takeLatest(client: pg.ClientBase, latest: number): Promise<void> {
	await client.query(SQL`
		INSERT INTO simulator_latest (slot, number, received)
		SELECT 0, ${latest}::bigint, nextval('simulator_latest_received')
		WHERE NOT EXISTS (SELECT FROM simulator_latest WHERE number >= ${latest}::bigint)
		ON CONFLICT (slot) DO UPDATE SET number = excluded.number, received = excluded.received`);
}
