import { readConfig } from '#lib/server/config.ts';
import { createDemoData, isEmpty } from '#lib/server/demo/demo-data.ts';
import { connectDatabase, disconnectDatabase } from '#lib/server/database/database.ts';
import { readEnvironment } from './environment.ts';
import { runCommand } from './command-line.ts';

const USAGE = 'npm run seed   creates demo users and messages in a database without users';

/** Creates demo data in a database without users. Resolves to whether it did. */
export async function seedIfEmpty(databaseUrl: string): Promise<boolean> {
	connectDatabase({ url: databaseUrl, poolSize: 1 });
	try {
		if (!(await isEmpty())) return false;
		await createDemoData();
		return true;
	} finally {
		await disconnectDatabase();
	}
}

if (import.meta.main) {
	await runCommand(USAGE, async () => {
		const created = await seedIfEmpty(readConfig(readEnvironment()).DATABASE_URL);
		console.log(created ? 'Demo data was created.' : 'The database already has users: nothing was changed.');
	});
}
