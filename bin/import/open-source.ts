import { closeSync, openSync, readSync } from 'node:fs';
import type { Source } from '#lib/server/import/source.ts';
import { StartError } from '../failures.ts';
import { openDump } from './dump.ts';
import type { Dialect } from './dump-tokens.ts';
import { openPostgres } from './postgres.ts';
import { openSqlite } from './sqlite.ts';

/**
 * Opens what an import reads: a PostgreSQL URL, a SQLite file, or a dump in SQL. `dialect` is that of a dump; without it,
 * it is recognized.
 * @throws StartError if there is nothing that can be imported
 */
export async function openSource(from: string, dialect?: Dialect): Promise<Source> {
	if (/^postgres(ql)?:\/\//i.test(from)) return openPostgres(from);
	if (isConnection(from)) {
		throw new StartError(
			'This is no URL that can be imported from. The URL of a PostgreSQL begins with postgresql://; of SQLite, name the file; of MySQL, a dump.'
		);
	}
	const beginning = readBeginning(from);
	if (beginning.startsWith('SQLite format 3\0')) return openSqlite(from);
	const foreign = FOREIGN.find(([bytes]) => beginning.startsWith(bytes));
	if (foreign) throw new StartError(`${from} is ${foreign[1]}`);
	return openDump(from, dialect);
}

/** Whether something is no file but leads to a database. It may contain a password, so it is never printed. */
export function isConnection(from: string): boolean {
	return /:\/\/|\bpassword\s*=/i.test(from);
}

/** Files that look like noise to a reader of SQL, by their first bytes. */
const FOREIGN: [string, string][] = [
	[
		'\xff\xfe',
		'in UTF-16, as PowerShell writes with ">": make the dump with an option for its file, or convert it to UTF-8.'
	],
	['\x1f\x8b', 'compressed: decompress it first.'],
	['PK', 'compressed: decompress it first.'],
	['PGDMP', 'a dump of PostgreSQL: restore it to a database and import from its URL.']
];

function readBeginning(path: string): string {
	try {
		const file = openSync(path, 'r');
		const buffer = Buffer.alloc(16);
		const bytes = readSync(file, buffer);
		closeSync(file);
		return buffer.toString('latin1', 0, bytes);
	} catch (error) {
		// A mistyped URL, with its password, looks like a path.
		if (path.includes('@'))
			throw new StartError('There is no such file, and the URL of a database begins with postgresql://.');
		throw new StartError(`${path} cannot be read: ${(error as Error).message}.`);
	}
}
