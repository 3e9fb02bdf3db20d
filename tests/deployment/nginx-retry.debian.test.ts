import { mkdtempSync, rmSync } from 'node:fs';
import { type RequestListener, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findFreePort } from '../../bin/ports.ts';
import { type Client, createClient } from './client.ts';
import { API_HOST, type Nginx, SITE_HOST, createCertificate, prepareNginx, startNginx } from './nginx.ts';

let folder: string;
let nginx: Nginx;
let ask: Client;
const servers: Server[] = [];

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'minitwit-retry-'));
});

afterEach(async () => {
	await nginx.stop();
	for (const server of servers.splice(0)) server.close();
	rmSync(folder, { recursive: true });
});

/** A stand-in for a replica, and the number of requests that it has received. */
async function startServer(listener: RequestListener): Promise<{ port: number; count: () => number }> {
	let count = 0;
	const server = createServer((request, response) => {
		count++;
		request.resume().once('end', () => listener(request, response));
	}).listen(0, '127.0.0.1');
	servers.push(server);
	await new Promise((ready) => server.once('listening', ready));
	return { port: (server.address() as AddressInfo).port, count: () => count };
}

/** Starts nginx in front of replicas, which it uses for both the web app and the API. */
async function startBefore(...replicas: number[]): Promise<void> {
	const [tlsPort, plainPort, healthPort] = [await findFreePort(), await findFreePort(), await findFreePort()];
	const engine = { tlsPort, plainPort, healthPort, web: replicas, api: replicas };
	prepareNginx(folder, engine);
	createCertificate(folder);
	nginx = await startNginx(folder, engine);
	ask = createClient(tlsPort, nginx.certificate);
}

/** The statuses of some successive requests. */
async function askTimes(times: number, host: string, method: string, path: string): Promise<number[]> {
	const statuses: number[] = [];
	for (let number = 0; number < times; number++) {
		statuses.push((await ask(path, { host, method, body: method === 'POST' ? '{}' : undefined })).status);
	}
	return statuses.sort();
}

const answer: RequestListener = (_request, response) => response.end('done');
/** Closes the connection after receiving a request, so that the client cannot know whether it was processed. */
const breakOff: RequestListener = (request) => request.socket.destroy();

test.each([
	[SITE_HOST, 'GET', '/public'],
	[SITE_HOST, 'POST', '/outbox'],
	[SITE_HOST, 'POST', '/add_message'],
	[API_HOST, 'GET', '/msgs']
])(
	'a repeatable request is retried at another replica after a broken connection: %s %s %s',
	async (host, method, path) => {
		const [bad, good] = [await startServer(breakOff), await startServer(answer)];
		await startBefore(bad.port, good.port);
		expect(await askTimes(4, host, method, path)).toEqual([200, 200, 200, 200]);
		expect(bad.count()).toBeGreaterThan(0);
		expect(good.count()).toBe(4);
	}
);

test.each([
	[SITE_HOST, '/register'],
	[SITE_HOST, '/alice/follow'],
	[API_HOST, '/msgs/alice']
])('any other POST is sent only once: %s %s', async (host, path) => {
	const [bad, good] = [await startServer(breakOff), await startServer(answer)];
	await startBefore(bad.port, good.port);
	const statuses = await askTimes(4, host, 'POST', path);
	expect(statuses.filter((status) => status === 502).length).toBe(bad.count());
	expect(bad.count()).toBeGreaterThan(0);
	expect(bad.count() + good.count()).toBe(4);
});

test('a POST that was not sent yet goes to another replica', async () => {
	const [closed, good] = [await findFreePort(), await startServer(answer)];
	await startBefore(closed, good.port);
	expect(await askTimes(4, API_HOST, 'POST', '/msgs/alice')).toEqual([200, 200, 200, 200]);
	expect(nginx.errorLog()).toContain('Connection refused');
});

test('a file that exists in only one build is found during a deploy', async () => {
	const missing: RequestListener = (_request, response) => response.writeHead(404).end();
	const [old, current] = [await startServer(missing), await startServer(answer)];
	await startBefore(old.port, current.port);
	expect(await askTimes(4, SITE_HOST, 'GET', '/_app/immutable/chunks/x.js')).toEqual([200, 200, 200, 200]);
	expect(old.count()).toBeGreaterThan(0);
	const path = '/public';
	expect(await askTimes(2, SITE_HOST, 'GET', path)).toContain(404);
});
