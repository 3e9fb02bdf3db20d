import type { BenchServers } from './bench-servers.ts';
import { findPostgresProcesses } from './postgres-processes.ts';
import { readMemory } from './server-metrics.ts';

/** Memory of the parts of a small installation at idle, in MiB. */
export interface IdleMemory {
	web: number;
	api: number;
	postgres: number;
}

/**
 * Starts a web app and an API on an empty database and asks each of them for something. PostgreSQL's shared memory
 * counts once. It is their second start, which finds the code that the first one compiled.
 */
export async function measureIdleMemory(servers: BenchServers): Promise<IdleMemory> {
	const url = await servers.createDatabase('idle');
	for (const kind of ['web', 'api'] as const) await (await servers.start(kind, url)).stop();
	const [web, api] = [await servers.start('web', url), await servers.start('api', url)];
	await (await fetch(`${web.origin}/public`)).text();
	await (await fetch(`${api.origin}/latest`)).text();
	const postgres = (await findPostgresProcesses(url)).totalMemory();
	return { web: await readMemory(web.origin), api: await readMemory(api.origin), postgres };
}
