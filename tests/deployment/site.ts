import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TLSSocket, connect } from 'node:tls';
import { findFreePort } from '../../bin/ports.ts';
import { createTestDatabase } from '../database-server.ts';
import { type Client, createClient } from './client.ts';
import { type Engine, type Nginx, API_HOST, SITE_HOST, createCertificate, prepareNginx, startNginx } from './nginx.ts';
import { type Replica, startReplica } from './replicas.ts';

const PASSWORD = 'correct horse battery';
const SIMULATOR = `Basic ${Buffer.from('simulator:super_safe!').toString('base64')}`;

/** nginx in front of two web and two API servers, on their own database. */
export interface Site {
	databaseUrl: string;
	origin: string;
	engine: Engine;
	nginx: Nginx;
	web: [Replica, Replica];
	api: [Replica, Replica];
	/** Clients with and without TLS. */
	ask: Client;
	askPlainly: Client;
	/** Registers a user and logs in; resolves to the headers of a browser that posts as this user. */
	signUp(name: string): Promise<Record<string, string>>;
	/** Sends a request to the API as the simulator does. */
	simulate(path: string, body?: object, from?: string): ReturnType<Client>;
	/** Opens a raw TLS connection. */
	openSocket(): TLSSocket;
	/** The application's log line of a request; undefined if there is none yet. */
	lineOf(id: unknown): Line | undefined;
	stop(): Promise<void>;
}

/** A log line of a request. */
export type Line = { http: { request: { id: string } } } & Record<string, unknown>;

/** The lines of requests in a replica's log. */
export function requestsOf({ logFile }: Replica): Line[] {
	const lines = readFileSync(logFile, 'utf8').split('\n').slice(0, -1);
	return lines.filter((line) => line.includes('"status_code"')).map((line) => JSON.parse(line) as Line);
}

/** Starts a site. `overrides` are configuration keys of the replicas. */
export async function startSite(serverUrl: string, overrides: Record<string, string> = {}): Promise<Site> {
	const folder = mkdtempSync(join(tmpdir(), 'minitwit-nginx-'));
	const database = await createTestDatabase(serverUrl);
	const [tlsPort, plainPort, healthPort] = await Promise.all([findFreePort(), findFreePort(), findFreePort()]);
	const origin = `https://${SITE_HOST}:${tlsPort}`;
	const API_ORIGIN = `https://${API_HOST}:${tlsPort}`;
	const keys = { ORIGIN: origin, API_ORIGIN, TRUSTED_PROXIES: '1', ...overrides };
	const start = (kind: 'web' | 'api') => startReplica(kind, database.url, folder, keys);
	const web: [Replica, Replica] = [await start('web'), await start('web')];
	const api: [Replica, Replica] = [await start('api'), await start('api')];
	const ports = (replicas: Replica[]) => replicas.map(({ port }) => port);
	const engine = { tlsPort, plainPort, healthPort, web: ports(web), api: ports(api) };
	prepareNginx(folder, engine);
	createCertificate(folder);
	const nginx = await startNginx(folder, engine);
	const ask = createClient(tlsPort, nginx.certificate);
	return {
		databaseUrl: database.url,
		...{ origin, engine, nginx, web, api, ask },
		askPlainly: createClient(plainPort, null),
		async signUp(name) {
			const headers = { origin, accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' };
			const post = (path: string, fields: Record<string, string>) =>
				ask(path, { method: 'POST', headers, body: new URLSearchParams(fields).toString() });
			const email = 'somebody@example.org';
			await post('/register', { username: name, email, password: PASSWORD, password2: PASSWORD });
			const { status, headers: answered } = await post('/login', { username: name, password: PASSWORD });
			if (status !== 303) throw new Error(`${name} could not log in: ${status}`);
			return {
				origin,
				accept: 'text/html',
				cookie: (answered['set-cookie'] ?? []).map((cookie) => cookie.split(';')[0]).join('; ')
			};
		},
		simulate(path, body, from) {
			const headers = { authorization: SIMULATOR, 'content-type': 'application/json' };
			const sent = body && { method: 'POST', body: JSON.stringify(body) };
			return ask(path, { host: API_HOST, headers, from, ...sent });
		},
		openSocket: () => connect({ host: '127.0.0.1', port: tlsPort, servername: SITE_HOST, ca: nginx.certificate }),
		lineOf: (id) => [...web, ...api].flatMap(requestsOf).find(({ http }) => http.request.id === id),
		async stop() {
			await nginx.stop();
			await Promise.all([...web, ...api].map((replica) => replica.stop()));
			await database.drop();
			rmSync(folder, { recursive: true });
		}
	};
}
