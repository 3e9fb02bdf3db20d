import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { writeAccount } from '#lib/server/accounts/export.ts';
import { writeNewFile } from '../export/new-file.ts';
import { writeSite } from '../export/write-site.ts';
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
		'gets it from the settings. Only the owner of the file can read it; its name ends in .part until it is complete.',
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
		if (account) {
			await writeNewFile(to, (part) => pipeline(writeAccount(account.id), createWriteStream(part)));
			return { lines: [`${account.name} was written to ${to}.`], json: { file: to } };
		}
		const { DATABASE_URL } = await readConfig();
		const written = await writeNewFile(to, (part) => exportSite(DATABASE_URL, part));
		const { users, messages, follows } = written;
		const counts = `${countOf(users, 'user')}, ${countOf(messages, 'message')} and ${countOf(follows, 'follow')}`;
		return { lines: [`${counts} were written to ${to}.`], json: { ...written, file: to } };
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
