import { readConfig } from '#lib/server/config.ts';
import { startDomain, stopDomain } from '#lib/server/lifecycle.ts';
import { createLogger } from '#lib/server/observability/log.ts';
import { SESSION_COOKIE, createSession } from '#lib/server/accounts/sessions.ts';
import { findProfile } from '#lib/server/accounts/users.ts';
import { fillDatabase, userName } from './bench-data.ts';
import type { BenchServers } from './bench-servers.ts';
import { type Target, median, measure } from './load.ts';

/** The time of one page, alone, with few and with many messages. Milliseconds. */
export interface Growth {
	name: string;
	small: number;
	large: number;
}

const SIZES = { small: 10_000, large: 1_000_000 } as const;
const SIMULATOR = { authorization: `Basic ${Buffer.from('simulator:super_safe!').toString('base64')}` };

/** The busiest person and somebody who follows a few: both have full pages at either size. */
const PAGES = [
	{ name: 'page /public', path: '/public', door: 'web' },
	{ name: 'page /<user>', path: '/user%201', door: 'web' },
	{ name: 'page /, my timeline', path: '/', door: 'web' },
	{ name: 'page /<user>/followers', path: '/user%201/followers', door: 'web' },
	{ name: 'GET /msgs', path: '/msgs?no=100', door: 'api' },
	{ name: 'GET /msgs/<user>', path: '/msgs/user%201?no=100', door: 'api' },
	{ name: 'GET /fllws/<user>', path: '/fllws/user%201?no=100', door: 'api' }
] as const;

interface Doors {
	web: string;
	api: string;
	cookie: string;
}

async function open(servers: BenchServers, name: keyof typeof SIZES): Promise<Doors> {
	console.log(`Making ${SIZES[name].toLocaleString('en')} messages …`);
	const url = await servers.createDatabase(name);
	await fillDatabase(url, SIZES[name]);
	startDomain(readConfig({ DATABASE_URL: url }), createLogger('bench', 'silent'));
	const person = await findProfile(userName(1), null);
	const cookie = `${SESSION_COOKIE}=${await createSession(person?.id ?? 0)}`;
	await stopDomain();
	const [web, api] = [await servers.start('web', url), await servers.start('api', url)];
	return { web: web.origin, api: api.origin, cookie };
}

/** Measures each page at both sizes, in turn. */
export async function measureGrowth(servers: BenchServers, seconds: number, rounds: number): Promise<Growth[]> {
	const doors = { small: await open(servers, 'small'), large: await open(servers, 'large') };
	const growth: Growth[] = [];
	for (const { name, path, door } of PAGES) {
		const times: Record<keyof typeof SIZES, number[]> = { small: [], large: [] };
		for (let round = 0; round < rounds; round++) {
			for (const size of ['small', 'large'] as const) {
				const { [door]: origin, cookie } = doors[size];
				const headers = door === 'api' ? SIMULATOR : path === '/' ? { cookie } : undefined;
				const target: Target = { kind: 'requests', origin, paths: [path as string], headers };
				const { p50, errors } = await measure({ target, connections: 1, seconds: Math.max(1, seconds / 3) });
				if (errors > 0) throw new Error(`${errors} requests of ${name} failed`);
				times[size].push(p50);
			}
		}
		growth.push({ name, small: median(times.small), large: median(times.large) });
	}
	return growth;
}
