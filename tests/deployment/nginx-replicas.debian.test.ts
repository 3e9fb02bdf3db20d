import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Attempt, startLoad } from './load.ts';
import { waitUntil } from './nginx.ts';
import { type Site, requestsOf, startSite } from './site.ts';

let site: Site;
let database: pg.Client;
let browser: Record<string, string>;
let aliceId: number;

beforeAll(async () => {
	const many = '1000000/60';
	site = await startSite(inject('serverUrl'), {
		// The test decides when they stop, not a timer.
		DRAIN_SECONDS: '300',
		LIMIT_POSTS_PER_ACCOUNT: many,
		LIMIT_POSTS_PER_ADDRESS: many
	});
	database = new pg.Client({ connectionString: site.databaseUrl });
	await database.connect();
	browser = await site.signUp('alice');
	await site.signUp('bob');
	aliceId = (await database.query("SELECT id FROM users WHERE name = 'alice'")).rows[0].id;
});

afterAll(async () => {
	await database.end();
	await site.stop();
});

const readPage: Attempt = async (from) => {
	const { status, body } = await site.ask('/public', { from });
	return status === 200 && body.trimEnd().endsWith('</html>') ? null : `page ${status}`;
};

const readApi: Attempt = async (from) => {
	const { status, body } = await site.simulate('/msgs?no=5', undefined, from);
	return status === 200 && Array.isArray(JSON.parse(body)) ? null : `API read ${status}`;
};

/** Posts with a client id; `ids` receives the accepted ones. */
function postsWithId(ids: string[]): Attempt[] {
	const post = async (from: string, path: string, type: string, encode: (id: string) => string, success: number) => {
		const id = crypto.randomUUID();
		const headers = { ...browser, 'content-type': type };
		const { status } = await site.ask(path, { method: 'POST', headers, body: encode(id), from });
		if (status !== success) return `${path} ${status}`;
		ids.push(id);
		return null;
	};
	const entry = (id: string) => JSON.stringify({ id, owner: Number(aliceId), kind: 'message', text: `entry ${id}` });
	const form = (id: string) => new URLSearchParams({ id, text: `form ${id}` }).toString();
	return [
		(from) => post(from, '/outbox', 'application/json', entry, 200),
		(from) => post(from, '/add_message', 'application/x-www-form-urlencoded', form, 303)
	];
}

/** Posts as the simulator does, without an id; `texts` receives the texts of accepted messages. */
function postsOfSimulator(texts: string[]): Attempt[] {
	const post = async (from: string, path: string, body: object) => {
		const { status } = await site.simulate(path, body, from);
		return status === 204 ? null : `${path} ${status}`;
	};
	return [
		async (from) => {
			const content = `simulated ${crypto.randomUUID()}`;
			texts.push(content);
			return post(from, '/msgs/alice', { content });
		},
		(from) => post(from, '/fllws/alice', { follow: 'bob' }),
		(from) => {
			const username = `person ${crypto.randomUUID()}`;
			return post(from, '/register', { username, email: 'somebody@example.org', pwd: 'secret' });
		}
	];
}

async function listMessages(column: 'client_id' | 'text', pattern: string): Promise<string[]> {
	const { rows } = await database.query(`SELECT ${column} AS value FROM messages WHERE text LIKE $1`, [pattern]);
	return rows.map(({ value }) => value).sort();
}

test('a killed replica fails no read, and no post with an id', async () => {
	const ids: string[] = [];
	const load = startLoad([readPage, readApi, ...postsWithId(ids)]);
	for (const number of [0, 1] as const) {
		const [web, api] = [site.web[number], site.api[number]];
		await load.passes(60);
		await Promise.all([web.kill(), api.kill()]);
		await load.passes(60);
		await Promise.all([web.start(), api.start()]);
		await site.nginx.useReplicas(site.engine);
	}
	expect(await load.stop()).toEqual([]);
	expect(site.nginx.errorLog()).toContain('while connecting to upstream');
	const found = [...(await listMessages('client_id', 'entry %')), ...(await listMessages('client_id', 'form %'))];
	expect(found.length).toBeGreaterThan(100);
	expect(found.sort()).toEqual(ids.sort());
});

test('a rolling restart fails no request', async () => {
	const [ids, texts]: string[][] = [[], []];
	const load = startLoad([readPage, readApi, ...postsWithId(ids as string[]), ...postsOfSimulator(texts as string[])]);
	const rest = { web: site.engine.web, api: site.engine.api };
	for (const number of [0, 1] as const) {
		const [web, api] = [site.web[number], site.api[number]];
		const others = {
			web: rest.web.filter((port) => port !== web.port),
			api: rest.api.filter((port) => port !== api.port)
		};
		await load.passes(60);
		// Draining servers keep serving. Swarm's DNS drops them, nginx notices a little later, and then they stop.
		const gone = Promise.all([web.leave(), api.leave()]);
		for (const { origin } of [web, api, web, api]) expect((await fetch(`${origin}/readyz`)).status).toBe(200);
		await load.passes(40);
		await site.nginx.useReplicas(others);
		await Promise.all([web.stop(), api.stop(), gone]);
		await Promise.all([web.start(), api.start()]);
		await site.nginx.useReplicas(site.engine);
		await waitUntil(() => requestsOf(web).length > 5 && requestsOf(api).length > 5, 'the new ones receive requests');
	}
	expect(await load.stop()).toEqual([]);
	expect(await listMessages('text', 'simulated %')).toEqual((texts as string[]).sort());
});
