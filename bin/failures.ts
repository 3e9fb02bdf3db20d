import { ConfigError } from '#lib/server/config.ts';

/** A failure that the person at the terminal can fix. The message is one sentence for them. */
export class StartError extends Error {}

const SENTENCES: Record<string, string> = {
	ENOSPC: 'The disk is full: free some space and try again.',
	EDQUOT: 'The disk quota is used up: free some space and try again.',
	ENOTDIR: 'DATA_FOLDER leads through a file: set it to a folder.',
	EEXIST: 'DATA_FOLDER is a file: set it to a folder.',
	EROFS: 'The file system of the data folder is read-only: set DATA_FOLDER to another folder.',
	ECONNREFUSED: 'Nothing answers at the address in DATABASE_URL: start that database, or leave DATABASE_URL out.',
	ENOTFOUND: 'The host in DATABASE_URL is unknown: check its name.',
	EAI_AGAIN: 'The host in DATABASE_URL could not be looked up: check its name and the network.',
	ETIMEDOUT: 'The database in DATABASE_URL did not answer in time.',
	EHOSTUNREACH: 'The host in DATABASE_URL cannot be reached.',
	ECONNRESET: 'The database in DATABASE_URL closed the connection.',
	'28P01': 'The database refuses the name or password in DATABASE_URL.',
	'28000': 'The database refuses the name in DATABASE_URL.',
	'3D000': 'The database that DATABASE_URL names does not exist.',
	'42501': 'The user in DATABASE_URL is not allowed to create tables.',
	'42P01': 'The database has no tables of this version yet: run npm run migrate.',
	'53100': 'The disk of the database is full: free some space and try again.',
	'57P03': 'The database is starting or stopping: try again in a moment.'
};

/** Returns one sentence for a failure of the environment, or null for a bug. */
export function describeFailure(error: unknown): string | null {
	if (error instanceof StartError || error instanceof ConfigError) return error.message;
	if (error instanceof AggregateError) return describeFailure(error.errors[0]);
	if (!(error instanceof Error)) return null;
	const { code, path } = error as NodeJS.ErrnoException;
	if (code === 'EACCES' || code === 'EPERM')
		return `${path ?? 'The data folder'} cannot be written: change its owner, or set DATA_FOLDER.`;
	if (/No space left on device/.test(error.message)) return SENTENCES.ENOSPC ?? null;
	if (/timeout expired|terminated unexpectedly/.test(error.message)) return SENTENCES.ETIMEDOUT ?? null;
	return (code && SENTENCES[code]) || null;
}
