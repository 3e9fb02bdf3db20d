import { readFileSync } from 'node:fs';
import { PASSWORD } from '../factories.ts';
import { createPerson, expect, test } from './fixtures.ts';
import { newVisitor } from './visitor.ts';

type Line = Record<string, unknown>;

/** Resolves to the log lines with a request id, once there are `count` of them. */
async function linesOf(logFile: string, id: string, count: number): Promise<Line[]> {
	const read = () =>
		readFileSync(logFile, 'utf8')
			.split('\n')
			.filter((line) => line.includes(id))
			.map((line) => JSON.parse(line) as Line);
	await expect.poll(() => read().length).toBe(count);
	return read();
}

test('a request is logged as one line from which it can be replayed', async ({ webServer }) => {
	const visitor = newVisitor(webServer.origin);
	const alice = await createPerson();
	await visitor.signInAs(alice);
	const id = `log-${crypto.randomUUID()}`;
	const answer = await visitor.post(
		'/add_message',
		{ text: 'for the log' },
		{ 'x-request-id': id, 'user-agent': 'a test' }
	);
	expect(answer.headers.get('x-request-id')).toBe(id);
	const [line] = await linesOf(webServer.logFile, id, 1);
	const text = JSON.stringify(line);
	for (const part of [alice.name, '127.0.0.1', 'POST', '/add_message', '303', 'for the log', 'a test', 'duration'])
		expect(text).toContain(part);
	expect(line).toHaveProperty('@timestamp');
	expect((await visitor.get('/public')).headers.get('x-request-id')).toMatch(/^[\w-]{8,}$/);
});

test('no secret reaches the log or the metrics, wherever it is sent', async ({ webServer }) => {
	const { origin, logFile } = webServer;
	const visitor = newVisitor(origin);
	const { name } = await createPerson();
	const secret = `s3cret-${crypto.randomUUID()}`;
	const email = `${crypto.randomUUID()}@example.org`;
	const id = `secret-${crypto.randomUUID()}`;
	const marked = { 'x-request-id': id };
	await visitor.post('/login', { username: name, password: secret }, marked);
	await visitor.post(
		'/register',
		{ username: name, email, password: secret, password2: secret, otp: secret, jwt: secret, code: secret },
		marked
	);
	// A password in the username field.
	await visitor.post('/login', { username: secret, password: 'x' }, marked);
	await visitor.post('/login', { username: name, password: PASSWORD }, marked);
	await visitor.get('/public', { ...marked, authorization: `Bearer ${secret}`, cookie: `session=${secret}` });
	await visitor.get(`/public?token=${secret}&password=${secret}&otp=${secret}&${secret}`, marked);
	const types = {
		'application/json': JSON.stringify({ a: { password: secret } }),
		'application/x-www-form-urlencoded': JSON.stringify({ username: name, pwd: secret }),
		'text/plain': `password=${secret}`
	};
	for (const [type, body] of Object.entries(types)) {
		const headers = { origin, 'content-type': type, ...marked };
		await fetch(`${origin}/login`, { method: 'POST', body, headers });
	}
	await linesOf(logFile, id, 9);
	const written = readFileSync(logFile, 'utf8') + (await visitor.get('/metrics')).body;
	for (const hidden of [secret, email, PASSWORD, ...visitor.cookies.values()]) expect(written).not.toContain(hidden);
});

test('reports metrics, health and readiness', async ({ webServer }) => {
	const visitor = newVisitor(webServer.origin);
	const { name: username } = await createPerson();
	await visitor.post('/login', { username, password: 'wrong' });
	await visitor.post('/login', { username, password: PASSWORD });
	await visitor.post('/add_message', { text: 'counted' });
	const { body } = await visitor.get('/metrics');
	expect(body).toMatch(
		/http_request_duration_seconds_bucket\{le="0.3",route="\/login",method="POST",status="303"\} [1-9]/
	);
	expect(body).toMatch(/minitwit_model_changes_total\{model="message",operation="insert"\} [1-9]/);
	for (const outcome of ['success', 'failure'])
		expect(body).toMatch(new RegExp(`log_ins_total{outcome="${outcome}"} [1-9]`));
	for (const name of [
		'minitwit_database_pool_connections',
		'nodejs_eventloop_lag_p99_seconds',
		'process_resident_memory_bytes'
	])
		expect(body).toContain(name);
	for (const path of ['/healthz', '/readyz']) expect((await visitor.get(path)).status).toBe(200);
});
