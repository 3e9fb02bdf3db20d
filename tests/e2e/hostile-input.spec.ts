import { readFileSync } from 'node:fs';
import { expect, test } from './fixtures.ts';
import { newVisitor } from './visitor.ts';

/** The largest body that the server accepts. The bodies below have as many fields as fit into it. */
const MAX_BODY_BYTES = 64 * 1024;
const MANY_FIELDS = Array.from({ length: 20_000 }, (_, index) => index.toString(36))
	.join('=&')
	.slice(0, MAX_BODY_BYTES);
const MANY_SECRETS = Array.from({ length: 20_000 }, (_, index) => `pwd=${index}`)
	.join('&')
	.slice(0, MAX_BODY_BYTES);
const MANY_KEYS = `{"pwd":[${MANY_SECRETS.replaceAll('pwd=', '"').replaceAll('&', '",').slice(0, 60_000)}"]}`;

const ROUNDS = 4;
const MAX_MEDIAN_MS = 200;

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Infinity;

const FORM = 'application/x-www-form-urlencoded';

for (const [what, body, type, site] of [
	['a form of many fields', MANY_FIELDS, FORM, null],
	['a form of many fields from another site', MANY_FIELDS, FORM, 'https://evil.example'],
	['a form of many secrets', MANY_SECRETS, FORM, null],
	['JSON of many secrets', MANY_KEYS, 'application/json', null]
] as const) {
	test(`${what} does not delay other requests`, async ({ webServer }) => {
		const visitor = newVisitor(webServer.origin);
		const send = () =>
			fetch(`${webServer.origin}/login`, {
				method: 'POST',
				body,
				headers: { origin: site ?? webServer.origin, 'content-type': type },
				redirect: 'manual'
			}).then((response) => response.text());
		const waits: number[] = [];
		for (let round = 0; round < ROUNDS; round++) {
			let isOver = false;
			const hostile = Promise.all([send(), send(), send()]).finally(() => (isOver = true));
			while (!isOver) {
				const started = performance.now();
				expect((await visitor.get('/healthz')).status).toBe(200);
				waits.push(performance.now() - started);
			}
			await hostile;
		}
		expect(median(waits)).toBeLessThan(MAX_MEDIAN_MS);
	});
}

test('rejects a body over the limit without logging it', async ({ webServer }) => {
	const id = `large-${crypto.randomUUID()}`;
	const body = new URLSearchParams({ username: 'x'.repeat(MAX_BODY_BYTES), password: 'x' });
	const headers = { origin: webServer.origin, 'x-request-id': id };
	const response = await fetch(`${webServer.origin}/login`, { method: 'POST', body, headers });
	expect(response.status).toBe(413);
	await expect.poll(() => readFileSync(webServer.logFile, 'utf8')).toContain(id);
	const line = readFileSync(webServer.logFile, 'utf8')
		.split('\n')
		.find((text) => text.includes(id));
	expect(JSON.parse(line ?? '').http.request.body.content).toBe('"[not read]"');
});
