import { type IncomingMessage, request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { createMessage } from '../factories.ts';
import { createPerson, expect, gotoHydrated } from './fixtures.ts';
import { answersOf, pathsOf, readCount, test } from './visitor-fixtures.ts';
import { newVisitor } from './visitor.ts';

/* The encodings of visitors' pages, their entity tags, and requests for a page that the client has. */

const DECODERS = { br: brotliDecompressSync, gzip: gunzipSync, identity: (bytes: Buffer) => bytes };

test('every encoding has the same page, its own tag, and a 304 with the same headers', async ({
	webServer,
	otherServer
}) => {
	const alice = await createPerson();
	await createMessage(alice.id, 'Grüße 👋 <b>');
	const { profile } = pathsOf(alice);
	const { body: html, headers } = await newVisitor(webServer.origin).get(profile, { 'accept-encoding': 'identity' });
	const nonce = /'nonce-([^']+)'/.exec(headers.get('content-security-policy') ?? '')?.[1];
	expect(html).toContain(`nonce="${nonce}"`);
	const tags = new Set<string>();
	for (const [encoding, decode] of Object.entries(DECODERS)) {
		for (const { origin } of [webServer, otherServer]) {
			const accepting = { 'accept-encoding': encoding === 'br' ? 'gzip;q=0.5, br' : `x, ${encoding}, br;q=0` };
			const answer = await readRaw(origin + profile, accepting);
			expect(answer.headers.get('content-encoding')).toBe(encoding === 'identity' ? null : encoding);
			expect(String(decode(answer.bytes))).toBe(html);
			expect(answer.headers.get('content-length')).toBe(String(answer.bytes.length));
			const tag = answer.headers.get('etag') ?? '';
			tags.add(tag);
			for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
				const unchanged = await readRaw(origin + profile, { ...accepting, 'if-none-match': known });
				expect([unchanged.status, unchanged.bytes.length], known).toEqual([304, 0]);
				expect(sharedHeaders(unchanged.headers)).toEqual(sharedHeaders(answer.headers));
			}
			expect((await readRaw(origin + profile, { ...accepting, 'if-none-match': '"other"' })).status).toBe(200);
		}
	}
	expect(tags.size).toBe(3);
	expect(headers.get('vary')).toBe('cookie, accept-encoding');
});

/** Sends a request without decoding the response. */
async function readRaw(url: string, headers: Record<string, string>) {
	const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
	request(url, { headers }, resolve).once('error', reject).end();
	const answer = await promise;
	const bytes = Buffer.concat(await answer.toArray());
	return { status: answer.statusCode, headers: new Headers(answer.headers as Record<string, string>), bytes };
}

/** The headers that a 304 must repeat. */
function sharedHeaders(headers: Headers): [string, string][] {
	const other = ['content-length', 'content-type', 'content-encoding', 'date', 'x-request-id'];
	return [...headers].filter(([name]) => !other.includes(name));
}

test('HEAD answers with the headers of GET and makes a page that GET uses', async ({ webServer }) => {
	const alice = await createPerson();
	await createMessage(alice.id, 'Hello');
	const { profile } = pathsOf(alice);
	for (let time = 0; time < 2; time++) {
		const head = await newVisitor(webServer.origin).send(profile, { method: 'HEAD' });
		const get = await newVisitor(webServer.origin).get(profile);
		expect([head.status, head.body]).toEqual([200, '']);
		expect(get.body).toContain('Hello');
		expect(head.headers.get('etag')).toBe(get.headers.get('etag'));
		expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'));
	}
});

test.describe('without a service worker', () => {
	test.use({ serviceWorkers: 'block', expectedErrors: [/^Service Worker registration blocked/] });

	test('a browser that gets a 304 runs the scripts of the page that it has', async ({ page, webServer }) => {
		const alice = await createPerson();
		await createMessage(alice.id, 'Hello');
		const unchanged = () => readCount(webServer, answersOf('/[[prefix=u]]/[username]', 304));
		const before = await unchanged();
		for (let time = 0; time < 3; time++) await gotoHydrated(page, pathsOf(alice).profile);
		await expect.poll(unchanged).toBe(before + 2);
	});
});
