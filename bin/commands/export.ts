import { closeSync, createWriteStream, openSync, rmSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { writeAccount } from '#lib/server/accounts/export.ts';
import { writeSite } from '../export/write-site.ts';
import { StartError } from '../failures.ts';
import { openPostgres } from '../import/postgres.ts';
import { requireAccount } from '../program/accounts.ts';
import { defineCommand } from '../program/define-command.ts';
import { fileOption } from '../program/option-values.ts';
import { countOf } from '../program/table.ts';

export const exportCommand = defineCommand({
	name: 'export',
	summary: 'Writes the whole site, or all data of one account, to a file',
	details:
		'The site is written as it is at one moment, to a SQLite file that import reads and that has the tables of the ' +
		'classic MiniTwit: users with their password hashes, messages and follows. It lacks deleted messages, closed ' +
		'accounts, sessions and records of moderation, so it is no backup. An account is written as JSON, as its user ' +
		'gets it from the settings. Only the owner of the file can read it.',
	options: {
		to: { ...fileOption('the file, which must not exist yet'), demandOption: true },
		user: { describe: 'the exact username of the account', type: 'string', requiresArg: true }
	},
	examples: [
		['export --to site.db', 'writes the site'],
		['export --user alice --to alice.json', 'writes what is stored about alice']
	],
	usesDatabase: true,
	async run({ to = '', user }, { readConfig }) {
		const account = user === undefined ? null : await requireAccount(user);
		const path = create(to);
		try {
			if (account) {
				await pipeline(writeAccount(account.id), createWriteStream(path));
				return { lines: [`${account.name} was written to ${path}.`], json: { file: path } };
			}
			const written = await exportSite((await readConfig()).DATABASE_URL, path);
			const { users, messages, follows } = written;
			const counts = `${countOf(users, 'user')}, ${countOf(messages, 'message')} and ${countOf(follows, 'follow')}`;
			return { lines: [`${counts} were written to ${path}.`], json: { ...written, file: path } };
		} catch (error) {
			rmSync(path, { force: true });
			throw error;
		}
	}
});

async function exportSite(url: string, path: string) {
	const source = await openPostgres(url);
	try {
		return await writeSite(source, path);
	} finally {
		await source.close();
	}
}

/** Creates a file that only its owner can read. @throws StartError */
function create(path: string): string {
	try {
		closeSync(openSync(path, 'wx', 0o600));
		return path;
	} catch (error) {
		throw new StartError(`The export cannot be written: ${(error as Error).message}.`);
	}
}
