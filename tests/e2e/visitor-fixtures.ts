import { join } from 'node:path';
import { type Person, test as base } from './fixtures.ts';
import { type WebServer, startWebServer } from './web-server.ts';

/** A test with a second web server on the same database. */
export const test = base.extend<object, { otherServer: WebServer }>({
	otherServer: [
		async ({ webServer }, use, worker) => {
			const log = join(worker.project.outputDir, `other-${worker.workerIndex}.log`);
			const server = await startWebServer(log, { DATABASE_URL: webServer.databaseUrl });
			await use(server);
			await server.remove();
		},
		{ scope: 'worker' }
	]
});

/** Returns a counter of a server's metrics, 0 if it is missing. */
export async function readCount({ origin }: WebServer, metric: string): Promise<number> {
	const lines = (await (await fetch(`${origin}/metrics`)).text()).split('\n');
	return Number(
		lines
			.find((line) => line.startsWith(`${metric} `))
			?.split(' ')
			.at(-1) ?? 0
	);
}

/** The metric that counts a server's responses to GET. */
export const answersOf = (route: string, status: number) =>
	`http_request_duration_seconds_count{route="${route}",method="GET",status="${status}"}`;

export const pathsOf = ({ name }: Person) => {
	const path = `/${encodeURIComponent(name)}`;
	return { profile: path, followers: `${path}/followers`, following: `${path}/following` };
};
