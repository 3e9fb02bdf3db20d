import { fillDatabase } from './bench-data.ts';
import type { BenchServers } from './bench-servers.ts';
import { signIn } from './bench-session.ts';
import type { Effort } from './bench-subjects.ts';
import { type Target, median, measure } from './load.ts';

/** The median time of one page without concurrent load, with few and with many messages, in milliseconds. */
export interface Growth {
	name: string;
	small: number;
	large: number;
}

const SMALL_SIZE = 10_000;
const SIMULATOR = { authorization: `Basic ${Buffer.from('simulator:super_safe!').toString('base64')}` };

/** The busiest user's pages, which are full at either size. */
const PAGES = [
	{ name: 'page /public', path: '/public', server: 'web' },
	{ name: 'page /<user>', path: '/user%201', server: 'web' },
	{ name: 'page /, my timeline', path: '/', server: 'web' },
	{ name: 'page /<user>/followers', path: '/user%201/followers', server: 'web' },
	{ name: 'GET /msgs', path: '/msgs?no=100', server: 'api' },
	{ name: 'GET /msgs/<user>', path: '/msgs/user%201?no=100', server: 'api' },
	{ name: 'GET /fllws/<user>', path: '/fllws/user%201?no=100', server: 'api' }
] as const;

type Size = 'small' | 'large';

interface Origins {
	web: string;
	api: string;
	cookie: string;
}

async function open(servers: BenchServers, name: Size, messages: number): Promise<Origins> {
	console.log(`Creating ${messages.toLocaleString('en')} messages …`);
	const url = await servers.createDatabase(name);
	await fillDatabase(url, messages);
	const cookie = await signIn(url);
	const [web, api] = [await servers.start('web', url), await servers.start('api', url)];
	return { web: web.origin, api: api.origin, cookie };
}

/** Measures each page with few and with `largeSize` messages, alternating between them. */
export async function measureGrowth(
	servers: BenchServers,
	largeSize: number,
	{ seconds, rounds }: Effort
): Promise<Growth[]> {
	const small = await open(servers, 'small', SMALL_SIZE);
	const origins = { small, large: await open(servers, 'large', largeSize) };
	const growth: Growth[] = [];
	for (const { name, path, server } of PAGES) {
		const times: Record<Size, number[]> = { small: [], large: [] };
		// In the first round, which does not count, the servers compile the code of the page.
		for (let round = 0; round <= rounds; round++) {
			for (const size of round % 2 === 0 ? (['small', 'large'] as const) : (['large', 'small'] as const)) {
				const { [server]: origin, cookie } = origins[size];
				const headers = server === 'api' ? SIMULATOR : path === '/' ? { cookie } : undefined;
				const target: Target = { kind: 'requests', origin, paths: [path as string], headers };
				const { p50, errors } = await measure({ target, connections: 1, seconds: Math.max(1, seconds / 3) });
				if (errors > 0) throw new Error(`${errors} requests of ${name} failed`);
				if (round > 0) times[size].push(p50);
			}
		}
		growth.push({ name, small: median(times.small), large: median(times.large) });
	}
	return growth;
}
