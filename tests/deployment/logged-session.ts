import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { type Visitor, newVisitor } from '../e2e/visitor.ts';

/*
 * A session with the web app and the API that causes every kind of log line: successful, refused and malformed requests,
 * and failures while the database is unavailable. The requests run one after the other, so that the outcome is
 * deterministic.
 */

/** The limit of registrations per address, which the last registration of the session exceeds. */
export const REGISTRATIONS = 4;

const JSON_TYPE = 'application/json';
const RETRY_MS = 50;
const RETRIES = 200;

/** Sends one request to the API, by default as the simulator. Resolves to the status. */
type ApiClient = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<number>;

interface Session {
	alice: Visitor;
	bob: Visitor;
	nobody: Visitor;
	call: ApiClient;
}

const basic = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
const SIMULATOR = { authorization: basic('simulator', 'super_safe!') };

/** Runs the session against a web app and an API on one database. */
export async function playSession(web: string, api: string, databaseUrl: string): Promise<void> {
	const session = { alice: newVisitor(web), bob: newVisitor(web), nobody: newVisitor(web), call: apiClient(api) };
	await look(session, web);
	await register(session);
	await signIn(session);
	await write(session);
	await follow(session);
	await useOutbox(session, web);
	await sendOddRequests(session, web);
	await sendBytes(Number(new URL(api).port), 'no HTTP at all\r\n\r\n');
	await signOut(session);
	await loseDatabase(session, databaseUrl);
	await session.alice.post('/add_message', { text: 'after all that' });
}

function apiClient(origin: string): ApiClient {
	return async (method, path, body, headers = SIMULATOR) => {
		const type: Record<string, string> = body === undefined ? {} : { 'content-type': JSON_TYPE };
		const text = body === undefined || typeof body === 'string' ? (body ?? null) : JSON.stringify(body);
		const response = await fetch(origin + path, { method, body: text, headers: { ...type, ...headers } });
		await response.text();
		return response.status;
	};
}

async function look({ nobody }: Session, web: string): Promise<void> {
	for (const path of [
		'/',
		'/public',
		'/login',
		'/no-one',
		'/public?before=abc',
		'/%zz',
		'/__data.json',
		'/public?token=hidden'
	])
		await nobody.get(path);
	const stream = await fetch(`${web}/events?timeline=public&after=0`, { headers: { accept: 'text/event-stream' } });
	await stream.body?.cancel();
}

async function register({ nobody, call }: Session): Promise<void> {
	const alice = {
		username: 'alice',
		email: 'a@example.org',
		password: 'alices own words',
		password2: 'alices own words'
	};
	await nobody.post('/register', { ...alice, password2: 'alices other words' });
	await nobody.post('/register', { ...alice, password: 'short', password2: 'short' });
	await nobody.post('/register', alice);
	await nobody.post('/register', { ...alice, username: 'Alice' });
	await nobody.post('/register', { ...alice, username: 'bob & co' });
	await call('POST', '/register?latest=1', { username: 'charlie', email: 'c@example.org', pwd: 'charlies' });
	await call('POST', '/register?latest=2', { username: 'charlie', email: 'c@example.org', pwd: 'another' });
	await call('POST', '/register', { username: 'dora', email: 'd@example.org', pwd: '' }, {});
	await call('POST', '/register', { username: 'dora', email: 'd@example.org', pwd: 7 }, {});
	await call('POST', '/register', { username: 'dora', email: 'd@example.org', pwd: 'doras own words' }, {});
	await call('POST', '/register', { username: 'edgar', email: 'e@example.org', pwd: 'edgars own words' }, {});
}

async function signIn({ alice, bob, call }: Session): Promise<void> {
	await alice.post('/login', { username: 'alice', password: 'wrong' });
	await alice.post('/login?next=/public', { username: 'alice', password: 'alices own words' });
	await bob.post('/login', { username: 'bob & co', password: 'alices own words' });
	await call('GET', '/msgs', undefined, { authorization: basic('alice', 'wrong') });
	await call('GET', '/msgs', undefined, {});
	await call('GET', '/latest', undefined, { authorization: 'Bearer hidden' });
}

async function write({ alice, bob, call }: Session): Promise<void> {
	const [id, byAlice] = [crypto.randomUUID(), { authorization: basic('alice', 'alices own words') }];
	await alice.post('/add_message', { text: 'first: ä 😀\r\nand a second line', id });
	await call('POST', '/msgs/charlie?latest=3', { content: 'by the simulator\n"quoted" \\' });
	await bob.post('/add_message', { text: '[redacted]' });
	await alice.post('/add_message', { text: 'first: ä 😀\r\nand a second line', id });
	await alice.post('/add_message', { text: 'another text', id });
	await alice.post('/add_message', { text: '' });
	await call('POST', '/msgs/alice', { content: 'by herself, at the other server' }, byAlice);
	await call('POST', '/msgs/charlie', { content: 'in the name of another' }, byAlice);
	await call('POST', '/msgs/no-one', { content: 'in the name of nobody' });
	await alice.post('/add_message', { text: 'by a script' }, { accept: JSON_TYPE, 'x-sveltekit-action': 'true' });
	await bob.post('/add_message', { text: 'from elsewhere' }, { origin: 'https://elsewhere.example' });
}

async function follow({ alice, bob, call }: Session): Promise<void> {
	for (const name of ['bob & co', 'charlie', 'no-one', 'alice'])
		await alice.post(`/${encodeURIComponent(name)}/follow`);
	await bob.post('/alice/follow');
	await alice.post('/charlie/unfollow');
	for (const name of ['alice', 'bob & co']) await call('POST', '/fllws/charlie', { follow: name });
	await call('POST', '/fllws/charlie?latest=4', { unfollow: 'alice' });
	await call('GET', '/fllws/charlie?no=5');
}

/** Outbox entries, which name the account that they were written under; browsers send them mostly after being offline. */
async function useOutbox({ bob, nobody }: Session, origin: string): Promise<void> {
	const owner = Number((await bob.get('/')).headers.get('x-account'));
	const send = (visitor: Visitor, body: unknown, type = JSON_TYPE) =>
		visitor.send('/outbox', { method: 'POST', body: JSON.stringify(body), headers: { origin, 'content-type': type } });
	const entry = (overrides: object) => ({
		id: crypto.randomUUID(),
		owner,
		kind: 'message',
		text: 'on a train',
		...overrides
	});
	const form = { text: 'on a platform', owner: String(owner), owner_name: 'bob & co' };
	await bob.post('/add_message', form);
	await bob.post('/add_message', { ...form, text: 'under another account', owner: String(owner - 1) });
	await send(bob, entry({}));
	await send(bob, entry({ kind: 'follow', name: 'dora' }));
	await send(bob, entry({ owner: owner - 1 }));
	await send(nobody, entry({}));
	await send(bob, { nothing: 'of the kind' });
	await send(bob, 'hidden');
	await send(bob, {}, 'text/plain');
}

async function sendOddRequests({ nobody, alice, call }: Session, origin: string): Promise<void> {
	await call('POST', '/register', '{"pwd": "broken');
	await call('POST', '/msgs/charlie', 'a text', { ...SIMULATOR, 'content-type': 'text/plain' });
	await call('POST', '/msgs/charlie', { content: 'x'.repeat(66_000) });
	await call('PUT', '/msgs', { content: 'x' });
	await call('GET', '/msgs/%zz');
	await call('GET', '/msgs?no=many');
	const form = new FormData();
	form.append('text', 'in several parts');
	form.append('picture', new Blob(['12345']));
	await alice.send('/add_message', { method: 'POST', body: form, headers: { origin } });
	await nobody.post('/login', {}, { 'content-type': JSON_TYPE });
	await nobody.post('/login', {}, { 'content-type': 'multipart/form-data; boundary=x' });
}

async function sendBytes(port: number, text: string): Promise<void> {
	const socket = connect(port, '127.0.0.1').resume();
	socket.write(text);
	await new Promise((resolve) => socket.once('close', resolve));
}

async function signOut({ alice }: Session): Promise<void> {
	await alice.post('/logout');
	await alice.post('/add_message', { text: 'while signed out' });
	await alice.post('/login', { username: 'charlie', password: 'charlies' });
	await alice.post('/add_message', { text: 'charlie, at the web' });
	await alice.post('/logout', { everywhere: 'yes' });
	await alice.post('/login', { username: 'alice', password: 'alices own words' });
}

/** Makes the database unreachable for one request to each server, and waits until both have recovered. */
async function loseDatabase({ nobody, call }: Session, databaseUrl: string): Promise<void> {
	const name = new URL(databaseUrl).pathname.slice(1);
	const server = new pg.Client({ connectionString: new URL('/postgres', databaseUrl).href });
	await server.connect();
	try {
		await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
		await server.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
		await nobody.get('/public');
		await call('POST', '/msgs/charlie', { content: 'into the void' });
	} finally {
		await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
		await server.end();
	}
	for (let tries = 0; tries < RETRIES; tries++) {
		if ((await nobody.get('/readyz')).status === 200 && (await call('GET', '/readyz')) === 200) return;
		await delay(RETRY_MS);
	}
	throw new Error('The servers have not reconnected to the database');
}
