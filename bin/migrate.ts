import { readConfig } from '#lib/server/config.ts';
import { migrate } from '#lib/server/database/migrations.ts';
import { readEnvironment } from './environment.ts';
import { runCommand } from './command-line.ts';

const USAGE =
	'npm run migrate   migrates the database in DATABASE_URL to the newest schema; run it before starting new servers';

// The migration lock needs a direct connection, not one through a pooler.
await runCommand(USAGE, async () => {
	const config = readConfig(readEnvironment());
	const steps = await migrate(config.DATABASE_DIRECT_URL, config.MIGRATIONS_FOLDER);
	for (const step of steps) console.log(`Applied ${step}`);
	console.log(steps.length === 0 ? 'The database is up to date.' : 'The database is up to date now.');
});
