import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { SQL, openPool, queryRow } from '#lib/server/database/database.ts';
import { NewMessages } from '#lib/server/messages/new-message-listener.ts';
import { Replica } from '#lib/server/database/replica.ts';
import { useDatabase } from '../use-database.ts';

/* Closing a PostgreSQL client at any step of its connection leaves no connection behind. */

const database = useDatabase();

interface Gate {
	url: string;
	/** Resolves once a packet is held back. */
	held: Promise<void>;
	release(): void;
	/** Resolves once every client has closed its connection. */
	left(): Promise<unknown>;
}

/** Starts a proxy to PostgreSQL that passes the first `passed` packets from the server and holds back the rest. */
async function startGate(passed: number): Promise<Gate> {
	const target = new URL(database.config.DATABASE_URL);
	const { hostname, port } = target;
	const clients: Socket[] = [];
	const ends: Promise<unknown>[] = [];
	const waiting: (() => void)[] = [];
	let isOpen = false;
	const { promise: held, resolve: hold } = Promise.withResolvers<undefined>();
	const server = createServer((client) => {
		const upstream = connect(Number(port), hostname);
		let packets = 0;
		clients.push(client.on('error', () => undefined));
		ends.push(new Promise((resolve) => client.once('close', resolve)));
		client.pipe(upstream).on('error', () => undefined);
		upstream.on('data', (packet) => {
			if (isOpen || ++packets <= passed) return void client.write(packet);
			waiting.push(() => client.write(packet));
			hold(undefined);
		});
		upstream.on('close', () => client.end());
		client.on('close', () => upstream.end());
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	onTestFinished(() => {
		clients.forEach((client) => client.destroy());
		server.close();
	});
	target.port = String((server.address() as AddressInfo).port);
	return {
		url: target.href,
		held,
		release() {
			isOpen = true;
			waiting.forEach((write) => write());
		},
		left: () => Promise.all(ends)
	};
}

async function countConnections(application: string): Promise<number> {
	const row = await queryRow<{ count: number }>(SQL`
		SELECT count(*) FROM pg_stat_activity
		WHERE application_name = ${application} AND datname = current_database() AND pid <> pg_backend_pid()`);
	return row?.count ?? -1;
}

/** Starts to connect. Resolves to a function that closes the client. */
type Begin = (url: string) => Promise<() => Promise<unknown>>;

const listener: Begin = async (url) => {
	const hub = new NewMessages(url, () => undefined);
	await hub.subscribe(() => undefined);
	return () => hub.close();
};
const pool: Begin = async (url) => {
	const opened = openPool({ url: `${url}?application_name=stopped`, poolSize: 2 });
	void opened.query('SELECT').catch(() => undefined);
	return () => opened.end();
};
const replica: Begin = async (url) => {
	const standby = new Replica({ url: `${url}?application_name=stopped`, poolSize: 2 });
	void standby.poll();
	void standby.pool.query('SELECT').catch(() => undefined);
	return () => standby.close();
};

const STEPS = ['asked for a password', 'authenticating', 'logged in', 'at its first statement'];

test.each(
	STEPS.flatMap((step, passed) => [
		['the listener', step, passed, listener, 'minitwit-listen'] as const,
		['a pool', step, passed, pool, 'stopped'] as const,
		['a replica', step, passed, replica, 'stopped'] as const
	])
)('%s closed while %s leaves no connection', async (_name, _step, passed, begin, application) => {
	const gate = await startGate(passed);
	const close = await begin(gate.url);
	await gate.held;
	const closed = close();
	gate.release();
	await Promise.all([closed, gate.left()]);
	await expect.poll(() => countConnections(application)).toBe(0);
});
