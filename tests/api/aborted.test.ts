import { connect } from 'node:net';
import { once } from 'node:events';
import type { FastifyInstance } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { SQL, queryRows } from '#lib/server/database/database.ts';
import { createLogger } from '#lib/server/observability/log.ts';
import { buildApp } from '../../api-server/app.ts';
import { useDatabase } from '../use-database.ts';

/* A request counts under its client's address even if the client disconnects. */

const database = useDatabase();
let app: FastifyInstance;

afterEach(() => app.close());

/** Sends a registration over a raw connection. Resolves to everything received before the connection closes. */
async function register(name: string): Promise<string> {
	await app.listen({ host: '127.0.0.1', port: 0 });
	const socket = connect((app.server.address() as { port: number }).port, '127.0.0.1');
	let answer = '';
	socket.setEncoding('utf8').on('data', (chunk) => (answer += chunk));
	const body = JSON.stringify({ username: name, email: 'a@example.org', pwd: 'three random words' });
	socket.write(
		`POST /register HTTP/1.1\r\nHost: api\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
	);
	await once(socket, 'close');
	return answer;
}

const keys = async () =>
	(await queryRows<{ key: string }>(SQL`SELECT key FROM rate_limits`)).map(({ key }) => key.replace(/.*:/, ''));

test('rate limits use the address a request arrived from, even if its client has disconnected since', async () => {
	app = await buildApp(database.config, createLogger('test', 'silent'));
	app.addHook('preHandler', async (request) => void request.socket.destroy());
	expect(await register('gone')).toBe('');
	await expect.poll(keys).toEqual(['127.0.0.1']);
});
