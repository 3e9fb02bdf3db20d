import { existsSync } from 'node:fs';
import { startTestServer } from '../database-server.ts';

/** Starts one database server for the run. Workers read its URL from the environment. */
export default async function setup(): Promise<() => Promise<void>> {
	if (!existsSync('build/handler.js')) throw new Error('The web app has not been built: npm run build');
	const server = await startTestServer();
	process.env.TEST_SERVER_URL = server.url;
	return server.stop;
}
