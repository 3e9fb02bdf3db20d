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
	const client = createClient(url);
	const name = nameOf(url, client);
	try {
		await connect(client, name);
		const selects = await findSelects(client);
		return createSource(client, name, selects, await estimateRows(client, selects));
	} catch (error) {
		await client.end(); // an open connection keeps the process running
		throw error;
	}
}

/** @throws StartError without the URL, which can contain a password */
function createClient(url: string): pg.Client {
	try {
		const client = new pg.Client({ connectionString: url, application_name: 'minitwit-import' });
		client.on('error', () => undefined); // the running statement rejects, too
		return client;
	} catch {
		throw new StartError(
			'The URL of the database is malformed. Write special characters in its password as %XX, or set PGPASSWORD.'
		);
	}
}

function createSource(client: pg.Client, name: string, selects: Selects, total: number): Source {
	let read = 0;
	async function* rows(after: string): AsyncGenerator<SourceRow> {
		for (const select of selects.rows(after)) {
			for await (const row of fetchRows<SourceRow>(client, select)) {
				read++;
				yield row;
			}
		}
	}
	return { name, rows, progress: () => Math.min(1, read / Math.max(1, total)), close: () => client.end() };
}

async function connect(client: pg.Client, name: string): Promise<void> {
	try {
		await client.connect();
		await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
		await client.query(`SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL statement_timeout = 0`);
	} catch (error) {
		const { message, errors } = error as AggregateError;
		throw new StartError(`${name} cannot be reached: ${message || errors?.[0]?.message}.`);
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

/** Returns the URL without the password and the parameters, which can contain it. A host can stand in a parameter, too. */
function nameOf(url: string, { user, host, port, database }: pg.Client): string {
	const parsed = URL.canParse(url) ? new URL(url) : null;
	if (!parsed?.host || parsed.searchParams.has('host')) return `postgresql://${user}@${host}:${port}/${database}`;
	const { protocol, username, pathname } = parsed;
	return `${protocol}//${username && `${username}@`}${parsed.host}${pathname}`;
}
