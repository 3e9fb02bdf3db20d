import { connectDatabase, disconnectDatabase } from '#lib/server/database/database.ts';
import { createDemoData, isEmpty } from '#lib/server/demo/demo-data.ts';

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
