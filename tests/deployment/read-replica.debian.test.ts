import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '#lib/server/config.ts';
import { startDomain, stopDomain } from '#lib/server/lifecycle.ts';
import { createLogger } from '#lib/server/observability/log.ts';
import { migrate } from '#lib/server/database/migrations.ts';
import { SIMULATOR } from '../api/use-api.ts';
import { type Visitor, newVisitor } from '../e2e/visitor.ts';
import { createMessage, createPerson } from '../factories.ts';
import { type PrimaryAndStandby, startPrimaryAndStandby } from '../standby.ts';
import { type Replica, startReplica } from './replicas.ts';

/* Two web servers and an API, as in production, on a primary with a streaming standby. */

const folder = mkdtempSync(join(tmpdir(), 'minitwit-read-replica-'));
let servers: PrimaryAndStandby;
let webs: Replica[] = [];
let api: Replica;

beforeAll(async () => {
	servers = await startPrimaryAndStandby();
	const url = servers.primary.urlOf('postgres');
	await migrate(url, 'sql/migrations');
	startDomain(readConfig({ DATABASE_URL: url }), createLogger('test', 'silent'));
	const settings = { DATABASE_READ_URL: servers.standby.urlOf('postgres') };
	webs = [await startReplica('web', url, folder, settings), await startReplica('web', url, folder, settings)];
	api = await startReplica('api', url, folder, settings);
});
afterAll(async () => {
	await Promise.all([...webs, api].map((replica) => replica?.stop()));
	await stopDomain();
	await servers?.remove();
	rmSync(folder, { recursive: true, force: true });
});

const PATIENCE = { timeout: 15_000, interval: 50 };
const strangers = () => webs.map(({ origin }) => newVisitor(origin));

/** Waits until visitors of both web servers see a text on a page. */
async function untilShown(path: string, text: string): Promise<void> {
	for (const stranger of strangers())
		await expect.poll(async () => (await stranger.get(path)).body, PATIENCE).toContain(text);
}

/** A new user, signed in at both web servers with one browser, and replicated. */
async function signIn(): Promise<{ name: string; browsers: [Visitor, Visitor] }> {
	const person = await createPerson();
	const browsers = strangers() as [Visitor, Visitor];
	await browsers[0].signInAs(person);
	shareCookies(browsers);
	await untilShown(`/${person.name}`, person.name);
	return { name: person.name, browsers };
}

/** Browsers send cookies to every port of a host. */
function shareCookies([from, to]: [Visitor, Visitor]): void {
	for (const [name, value] of from.cookies) to.cookies.set(name, value);
}

test('users see their own posts and follows at once, at the other web server too; other accounts a moment later', async () => {
	const bob = await createPerson();
	const { name, browsers } = await signIn();
	const [here, there] = browsers;
	await untilShown(`/${bob.name}`, bob.name);
	await servers.standby.whilePaused(async () => {
		const byForm = `By the form, ${crypto.randomUUID()}`;
		const posted = await here.post('/add_message', { text: byForm, id: crypto.randomUUID() });
		expect(posted.status).toBe(303);
		shareCookies(browsers);
		for (const path of ['/', '/public', `/${name}`]) expect((await there.get(path)).body, path).toContain(byForm);

		// As sent by the outbox of a page or of the service worker.
		there.cookies.delete('written');
		const byOutbox = `By the outbox, ${crypto.randomUUID()}`;
		const id = Number((await here.get('/')).headers.get('x-account'));
		const cookie = `session=${here.cookies.get('session')}`;
		const answer = await fetch(`${webs[0]?.origin}/outbox`, {
			method: 'POST',
			headers: { cookie, origin: webs[0]?.origin ?? '', 'content-type': 'application/json' },
			body: JSON.stringify({ id: crypto.randomUUID(), owner: id, kind: 'message', text: byOutbox })
		});
		expect(answer.status).toBe(200);
		const written = /^written=(\d+); Max-Age=30; Path=\/; HttpOnly; SameSite=Lax$/.exec(
			answer.headers.getSetCookie()[0] ?? ''
		);
		there.cookies.set('written', written?.[1] ?? '');
		expect((await there.get('/')).body).toContain(byOutbox);

		expect((await here.post(`/${bob.name}/follow`)).status).toBe(303);
		shareCookies(browsers);
		expect((await there.get(`/${name}/following`)).body).toContain(`href="/${encodeURIComponent(bob.name)}"`);

		for (const stranger of strangers()) {
			const { body } = await stranger.get('/public');
			for (const text of [byForm, byOutbox]) expect(body).not.toContain(text);
			expect((await stranger.get(`/${name}/following`)).body).not.toContain(bob.name);
		}
	});
	await untilShown('/public', 'By the outbox');
});

test("the API returns a program's own posts at once", async () => {
	const { name } = await signIn();
	await servers.standby.whilePaused(async () => {
		const path = `${api.origin}/msgs/${encodeURIComponent(name)}`;
		const headers = { authorization: SIMULATOR, 'content-type': 'application/json' };
		const body = JSON.stringify({ content: 'By a program' });
		expect((await fetch(path, { method: 'POST', headers, body })).status).toBe(204);
		for (const url of [path, `${api.origin}/msgs`])
			expect((await (await fetch(url, { headers })).json())[0]).toMatchObject({ content: 'By a program', user: name });
	});
});

test('a page that polls for new messages is told of all, once it can read them', async () => {
	const author = await createPerson();
	const [stranger] = strangers() as [Visitor, Visitor];
	const text = `News, ${crypto.randomUUID()}`;
	let id = 0;
	let told: Promise<{ changes: unknown; page: string }> | undefined;
	await servers.standby.whilePaused(async () => {
		id = (await createMessage(author.id, text)).id;
		told = stranger
			.get(`/events?timeline=public&after=${id - 1}`, { accept: 'application/json' })
			.then(async ({ body }) => ({ changes: JSON.parse(body), page: (await stranger.get('/public')).body }));
		for (let round = 0; round < 3; round++) expect((await stranger.get('/public')).body).not.toContain(text);
	});
	expect(await told).toEqual({
		changes: { added: [id], removed: [] },
		page: expect.stringContaining(text)
	});
});

test('the replica fails under load and recovers: no request fails, and it is used again', async () => {
	const { name } = await signIn();
	const statuses: number[] = [];
	let isOver = false;
	const load = strangers().flatMap((stranger) =>
		['/public', `/${name}`, `/${name}/followers`].map(async (path) => {
			while (!isOver) statuses.push((await stranger.get(path)).status);
		})
	);
	const said = (index: number) =>
		readFileSync(webs[index]?.logFile ?? '', 'utf8').match(
			/(?<=The replica is unavailable|Pages are read from the replica)/g
		);
	try {
		await servers.standby.kill();
		for (const index of [0, 1]) await expect.poll(() => said(index)?.length, PATIENCE).toBe(2);
		const before = statuses.length;
		await expect.poll(() => statuses.length, PATIENCE).toBeGreaterThan(before + 50);
		await servers.standby.start();
		for (const [index, { origin }] of webs.entries()) {
			await expect.poll(() => said(index)?.length, PATIENCE).toBe(3);
			const metrics = async () => (await fetch(`${origin}/metrics`)).text();
			await expect.poll(metrics, PATIENCE).toMatch(/pool_connections\{database="replica",state="total"\} [1-9]/);
		}
	} finally {
		isOver = true;
		await Promise.all(load);
	}
	expect(statuses.filter((status) => status !== 200)).toEqual([]);
});
