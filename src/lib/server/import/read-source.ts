import type pg from 'pg';
import { SQL } from '#lib/server/database/database.ts';
import { type Columns, RowError, checkFollow, checkLatest, checkMessage, checkUser } from './check-row.ts';
import { isAhead } from './position.ts';
import type { Source, SourceRow, Value } from './source.ts';
import { Staging } from './staging.ts';
import { type ImportSummary, type Kind, type Reject, emptySummary } from './tally.ts';

/** What was read: how many rows of each kind, how many were rejected at once, the simulator's number. */
export interface Reading {
	summary: ImportSummary;
	latest: number | null;
	/** Whether an earlier attempt has committed a part of it, and told of what it rejected. */
	hasPart: boolean;
}

const KIND_OF: Record<'user' | 'message' | 'follow', Kind> = { user: 'users', message: 'messages', follow: 'follows' };

/** Whom to tell of what was read. */
interface Listener {
	onReject?(reject: Reject): void;
	onStep?(step: 'read', rows: number): void;
}

/** The listener is told of progress after this many rows. */
const ROWS_PER_STEP = 1_000;

/**
 * Reads a source into the staging tables and tells of the rows that no site could take. Rejects with what the source
 * throws; then nothing is staged. Messages whose id is not above `after` are omitted.
 */
export async function readSource(
	client: pg.ClientBase,
	source: Source,
	after: string,
	{ onReject, onStep }: Listener
): Promise<void> {
	await clearStaging(client);
	const position = BigInt(after);
	const reading: Reading = { summary: emptySummary(), latest: null, hasPart: false };
	let rows = 0;
	const staging = new Staging(client);
	for await (const row of source.rows(after)) {
		if (rows++ % ROWS_PER_STEP === 0) onStep?.('read', rows);
		if (row.kind === 'message' && !isAhead(row.id, position)) continue;
		try {
			const full = row.kind === 'latest' ? noteLatest(reading, row.number) : stage(staging, reading.summary, row);
			if (full) await full;
		} catch (error) {
			if (!(error instanceof RowError)) throw error;
			if (row.kind !== 'latest') reading.summary[KIND_OF[row.kind]].rejected++;
			onReject?.({ kind: row.kind, reason: error.message, row: withoutSecrets(row) });
		}
	}
	await staging.end();
	const { summary, latest } = reading;
	await client.query(SQL`
		INSERT INTO import_reading (source, latest, read_rows)
		VALUES (${source.name}, ${latest}, ${JSON.stringify(summary)})`);
}

/** Resolves to what an interrupted import of a source had read, or null if it had not read everything. */
export async function findReading(client: pg.ClientBase, source: string): Promise<Reading | null> {
	const { rows } = await client.query<Reading>(
		SQL`SELECT read_rows AS summary, latest, has_part AS "hasPart" FROM import_reading WHERE source = ${source}`
	);
	return rows[0] ?? null;
}

/** Notes that a part of what was read is taken. */
export async function rememberPart(client: pg.ClientBase): Promise<void> {
	await client.query(SQL`UPDATE import_reading SET has_part = true`);
}

/** Empties the staging tables. Not by TRUNCATE: the app's role may only delete. */
export async function clearStaging(client: pg.ClientBase): Promise<void> {
	for (const table of ['import_reading', 'import_users', 'import_messages', 'import_follows']) {
		await client.query(`DELETE FROM ${table}`);
	}
}

type Counted = Exclude<SourceRow, { kind: 'latest' }>;

function stage(staging: Staging, summary: ImportSummary, row: Counted): Promise<void> | undefined {
	summary[KIND_OF[row.kind]].read++;
	return staging.add(row.kind, check(row));
}

function check(row: Counted): Columns {
	if (row.kind === 'message') return checkMessage(row);
	return row.kind === 'user' ? checkUser(row) : checkFollow(row);
}

function noteLatest(reading: Reading, number: Value): undefined {
	reading.latest = Math.max(checkLatest(number), reading.latest ?? 0);
}

/** A rejected row is written to a file, its password hash is not. Bytes that are no text are shown in hexadecimal. */
function withoutSecrets({ kind: _, ...row }: SourceRow): object {
	const shown = Object.entries(row)
		.filter(([column]) => column !== 'password')
		.map(([column, value]) => [
			column,
			value instanceof Uint8Array ? { hex: Buffer.from(value).toString('hex') } : value
		]);
	return Object.fromEntries(shown);
}
