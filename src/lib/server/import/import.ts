import pg from 'pg';
import { SQL } from '#lib/server/database/database.ts';
import type { Actor } from '#lib/server/moderation/audit-records.ts';
import { listRejects } from './list-rejects.ts';
import { BEGINNING, findPosition, rememberPosition } from './position.ts';
import { clearStaging, findReading, readSource, rememberPart } from './read-source.ts';
import type { Source } from './source.ts';
import { takeFollows } from './take-follows.ts';
import { takeMessages } from './take-messages.ts';
import { takeUsers } from './take-users.ts';
import { type ImportSummary, type Reject, addsUp } from './tally.ts';
import { ImportError, begin, commit, record, recordPart } from './transactions.ts';

/** Few enough that nobody waits long for the counts that they change. */
const PART_ROWS = 50_000;

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
	/** Called before a COMMIT, and at the end of a dry run: what was rejected so far will not be rejected again. */
	onCommit?(): void;
	onReject?(reject: Reject): void;
	/** The messages of a transaction, in a site with accounts. Default: 50,000. */
	partRows?: number;
	/** Called with the number of rows read, then with that of messages done, of `total`. */
	onStep?(step: ImportStep, done: number, total?: number): void;
}

export type ImportStep = 'read' | 'list' | 'take';

/**
 * Takes the rows of an older system that are not here yet. Into a site without accounts, all of them are taken in one
 * transaction; a site with accounts would wait for it, so messages are taken in parts, and an interrupted import has to be
 * resumed. Resolves to a summary that adds up.
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
		if (options.dryRun) {
			const summary = await take(client, actor, source.name, options);
			options.onCommit?.();
			await client.query('ROLLBACK'); // also of what it has read
			return summary;
		}
		await commit(client, options);
		await begin(client);
		const summary = await take(client, actor, source.name, options);
		await clearStaging(client);
		await record(client, actor, { source: source.name, ...summary });
		await commit(client, options);
		// Without it, the planner takes the tables for empty until autovacuum comes. It is the owner's; others get a warning.
		await client.query('ANALYZE users, user_counts, messages, follows');
		return summary;
	} finally {
		await client.end();
	}
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

async function take(
	client: pg.ClientBase,
	actor: Actor,
	source: string,
	options: ImportOptions
): Promise<ImportSummary> {
	const reading = await findReading(client, source);
	if (!reading) throw new ImportError('Another import has begun meanwhile: repeat this one.');
	const { summary, latest, hasPart } = reading;
	const { rowCount } = await client.query(SQL`SELECT FROM users LIMIT 1`);
	const isDryRun = options.dryRun ?? false;
	const inOneTransaction = isDryRun || rowCount === 0;
	await takeUsers(client, options.merge ?? false, summary);
	options.onStep?.('list', 0);
	const onReject = options.onReject ?? (() => undefined);
	await listRejects(client, summary, hasPart, onReject);
	await takeFollows(client, summary, isDryRun);
	// One statement per transaction changes the counts of accounts, in the order in which writes of the app do.
	const endPart = async () => {
		if (inOneTransaction) return;
		await recordPart(client, actor, source, summary);
		await rememberPart(client);
		await commit(client, options);
		await begin(client);
	};
	await endPart();
	const onPart = async (done: number, total: number, isLast: boolean) => {
		options.onStep?.('take', done, total);
		if (!isLast) await endPart();
	};
	await takeMessages(client, summary, isDryRun ? null : { rows: options.partRows ?? PART_ROWS, onPart, onReject });
	if (latest !== null) await takeLatest(client, latest);
	await rememberPosition(client, source);
	if (!addsUp(summary)) throw new Error(`The numbers of the import do not add up: ${JSON.stringify(summary)}`);
	return summary;
}

/** Takes over the number of the simulator's last action, unless a later one was received here. */
async function takeLatest(client: pg.ClientBase, latest: number): Promise<void> {
	await client.query(SQL`
		INSERT INTO simulator_latest (slot, number, received)
		SELECT 0, ${latest}::bigint, nextval('simulator_latest_received')
		WHERE NOT EXISTS (SELECT FROM simulator_latest WHERE number >= ${latest}::bigint)
		ON CONFLICT (slot) DO UPDATE SET number = excluded.number, received = excluded.received`);
}
