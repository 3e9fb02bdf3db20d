import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { join } from 'node:path';
import pg from 'pg';
import { PROMETHEUS_FOLDER, readYaml } from './monitoring-files.ts';

/** Stand-ins for programs that Debian does not package: Filebeat, json-exporter, a standby, a receiver of alerts. */

interface Address {
	/** Such as `127.0.0.1:41234`. */
	address: string;
	stop(): Promise<void>;
}

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>): Promise<Address> {
	const server: Server = createServer((request, response) => void answer(request, response));
	await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
	const { port } = server.address() as { port: number };
	return {
		address: `127.0.0.1:${port}`,
		async stop() {
			server.closeAllConnections();
			await new Promise((closed) => server.close(closed));
		}
	};
}

/** Responds as Filebeat's HTTP endpoint does: the number of confirmed lines grows with each request. */
export function serveFilebeat(): Promise<Address> {
	let acked = 100;
	return serve(async (request, response) => {
		acked += 7;
		const libbeat = { output: { events: { acked, dropped: 0 } }, pipeline: { events: { active: 3 } } };
		response.writeHead(request.url === '/stats' ? 200 : 404).end(JSON.stringify({ libbeat }));
	});
}

/** Responds to `/probe` as json-exporter does with our configuration. */
export function serveFilebeatExporter(): Promise<Address> {
	interface Modules {
		modules: Record<string, { metrics: { name: string; valuetype: string; path: string }[] }>;
	}
	const { modules } = readYaml<Modules>(join(PROMETHEUS_FOLDER, 'filebeat-exporter.yml'));
	return serve(async (request, response) => {
		const { pathname, searchParams } = new URL(request.url ?? '', 'http://exporter');
		const module = modules[searchParams.get('module') ?? ''];
		const reply = await fetch(searchParams.get('target') ?? '').catch(() => null);
		if (pathname !== '/probe' || !module || !reply?.ok) return void response.writeHead(400).end();
		const stats: unknown = await reply.json();
		const lines = module.metrics.map(({ name, valuetype, path }) => {
			const keys = path.replace(/^\{ \.(.+) \}$/, '$1').split('.');
			const value = keys.reduce<unknown>((object, key) => (object as Record<string, unknown>)[key], stats);
			return `# TYPE ${name} ${valuetype}\n${name} ${value}\n`;
		});
		response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(lines.join(''));
	});
}

/** A group of alerts, as Alertmanager sends it to a webhook. */
export interface Notice {
	status: string;
	groupLabels: Record<string, string>;
	alerts: { labels: Record<string, string>; annotations: Record<string, string> }[];
}

/** Receives notifications of alerts. */
export async function serveWebhook(): Promise<Address & { notices: Notice[] }> {
	const notices: Notice[] = [];
	const address = await serve(async (request, response) => {
		const parts = await Array.fromAsync(request);
		notices.push(JSON.parse(Buffer.concat(parts).toString()));
		response.end();
	});
	return { ...address, notices };
}

const STATUS_EVERY_MS = 10_000;
const SECONDS_FROM_1970_TO_2000 = 946_684_800;

/** Connects to PostgreSQL as a standby does, and reports that it has replayed all WAL. */
export async function startStandby(url: string): Promise<() => Promise<void>> {
	interface Connection {
		once(event: 'replicationStart', listener: () => void): void;
		sendCopyFromChunk(chunk: Buffer): void;
	}
	const options = { connectionString: url, application_name: 'standby', replication: 'true' };
	const client = new pg.Client(options);
	client.on('error', () => undefined);
	await client.connect();
	const { connection } = client as unknown as { connection: Connection };
	const { xlogpos } = (await client.query('IDENTIFY_SYSTEM')).rows[0] as { xlogpos: string };
	const [high, low] = xlogpos.split('/').map((part) => BigInt(`0x${part}`));
	const position = ((high ?? 0n) << 32n) + (low ?? 0n);

	const started = new Promise<void>((resolve) => connection.once('replicationStart', resolve));
	client.query(`START_REPLICATION PHYSICAL ${xlogpos}`).catch(() => undefined);
	await started;
	// Standby status update: written, flushed and replayed up to here, at this time, no reply requested.
	const status = Buffer.alloc(34);
	status.write('r');
	for (const offset of [1, 9, 17]) status.writeBigUInt64BE(position, offset);
	status.writeBigInt64BE(BigInt(Date.now() - SECONDS_FROM_1970_TO_2000 * 1000) * 1000n, 25);
	connection.sendCopyFromChunk(status);
	// PostgreSQL drops a standby that is silent for a minute.
	const reminder = setInterval(() => connection.sendCopyFromChunk(status), STATUS_EVERY_MS);
	return async () => {
		clearInterval(reminder);
		await client.end().catch(() => undefined);
	};
}
