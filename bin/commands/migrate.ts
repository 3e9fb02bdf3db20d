import { migrate } from '#lib/server/database/migrations.ts';
import { defineCommand } from '../program/define-command.ts';

export const migrateCommand = defineCommand({
	name: 'migrate',
	summary: 'Migrates the database to the newest schema',
	details:
		'Run it before starting new servers. It uses DATABASE_DIRECT_URL, or else DATABASE_URL: its lock needs a direct ' +
		'connection, not one through a pooler.',
	examples: [['migrate', 'applies what is missing']],
	async run(_, { readConfig }) {
		const { DATABASE_DIRECT_URL, MIGRATIONS_FOLDER } = await readConfig();
		const applied = await migrate(DATABASE_DIRECT_URL, MIGRATIONS_FOLDER);
		const end = applied.length === 0 ? 'The database is up to date.' : 'The database is up to date now.';
		return { lines: [...applied.map((step) => `Applied ${step}`), end], json: { applied } };
	}
});
