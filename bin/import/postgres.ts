import pg from 'pg';
import { SQL } from 'sql-template-strings';
import { fetchRows } from '#lib/server/database/cursor.ts';
import type { Source, SourceRow } from '#lib/server/import/source.ts';
import { StartError } from '../failures.ts';
import { DJANGO, type Selects } from './django.ts';
import { MINITWIT } from './minitwit.ts';

/**
 * Opens the PostgreSQL of a Django MiniTwit or of another MiniTwit like this one. It is read as it is at this moment, and
 * goes on being written to.
 * @throws StartError if it is neither, or cannot be reached
 */
export async function openPostgres(url: string): Promise<Source> {
	const client = new pg.Client({ connectionString: url, application_name: 'minitwit-import' });
	client.on('error', () => undefined); // the running statement rejects, too
	await connect(client, url);
	const selects = await findSelects(client);
	const total = Math.max(1, await estimateRows(client, selects));
	let read = 0;
	async function* rows(after: string): AsyncGenerator<SourceRow> {
		for (const select of selects.rows(after)) {
			for await (const row of fetchRows<SourceRow>(client, select)) {
				read++;
				yield row;
			}
		}
	}
	return { name: nameOf(url), rows, progress: () => Math.min(1, read / total), close: () => client.end() };
}

async function connect(client: pg.Client, url: string): Promise<void> {
	try {
		await client.connect();
		await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
		await client.query(`SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL statement_timeout = 0`);
	} catch (error) {
		const { message, errors } = error as AggregateError;
		throw new StartError(`${nameOf(url)} cannot be reached: ${message || errors?.[0]?.message}.`);
	}
}

async function findSelects(client: pg.Client): Promise<Selects> {
	for (const selects of [DJANGO, MINITWIT]) {
		const { rows } = await client.query<{ missing: number }>(SQL`
			SELECT count(*) FILTER (WHERE to_regclass(name) IS NULL) AS missing FROM unnest(${selects.tables}::text[]) AS name`);
		if (rows[0]?.missing === 0) return selects;
	}
	throw new StartError(
		'The database to import from has neither the tables of the Django MiniTwit nor those of this one.'
	);
}

/** Counts as the planner does: counting a million rows would take as long as reading them. */
async function estimateRows(client: pg.Client, { tables }: Selects): Promise<number> {
	const { rows } = await client.query<{ total: number }>(SQL`
		SELECT sum(greatest(reltuples, 0))::float8 AS total FROM pg_class
		WHERE oid = ANY (SELECT to_regclass(name) FROM unnest(${tables}::text[]) AS name)`);
	return rows[0]?.total ?? 0;
}

/** Returns the URL without the password and the parameters, which can contain it. */
function nameOf(url: string): string {
	const { protocol, username, host, pathname } = new URL(url);
	return `${protocol}//${username && `${username}@`}${host}${pathname}`;
}
