import { randomBytes } from 'node:crypto';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { acceptedEncoding } from '#lib/http/accepted-encoding.server.ts';
import { KeptPages } from '#lib/http/kept-pages.server.ts';
import { VisitorPage } from '#lib/http/visitor-page.server.ts';
import { formatRelativeTime, nextChangeOfRelativeTime } from '#lib/text/relative-time.ts';

const findState = async () => null;

function createPage(html: string, nonce = 'bm9uY2U', renderedAt = Date.now()): VisitorPage {
	const headers = { 'content-security-policy': `script-src 'nonce-${nonce}'`, 'content-type': 'text/html' };
	return new VisitorPage(html, new Headers(headers), renderedAt);
}

describe('a page', () => {
	test('is the same whichever server rendered it, and its nonce is not a part of it that somebody could know', async () => {
		const [one, other] = await Promise.all(
			['bm9uY2Ux', 'bm9uY2Uy'].map((nonce) => createPage(`<script nonce="${nonce}">`, nonce).answer({}))
		);
		expect(one).toEqual(other);
		const { headers, body } = await createPage('<script nonce="bm9uY2U">x').answer({});
		const nonce = /'nonce-([\w+/]{43}=)'/.exec(headers['content-security-policy'] ?? '')?.[1];
		expect(String(body)).toBe(`<script nonce="${nonce}">x`);
		expect(String(one?.body)).not.toContain(nonce);
	});

	test('has the same text in every encoding', async () => {
		const html = '<p>Grüße 👋 '.repeat(1000);
		const page = createPage(html);
		const bodyOf = async (encoding: string) => (await page.answer({ 'accept-encoding': encoding })).body ?? '';
		const [identity, gzip, br] = [await bodyOf(''), await bodyOf('gzip'), await bodyOf('gzip, deflate, br, zstd')];
		expect([identity, gunzipSync(gzip), brotliDecompressSync(br)].map(String)).toEqual([html, html, html]);
		expect(page.size).toBe(identity.length + gzip.length + br.length);
		expect(await bodyOf('gzip')).toBe(gzip);
	});

	test('expires when the first of its relative times changes', () => {
		const now = Date.parse('2026-11-26T12:00:00Z');
		const pageOf = (...times: string[]) =>
			createPage(times.map((time) => `<time datetime="${time}" title="">`).join(), '', now);
		expect(pageOf().expiresAt).toBe(Infinity);
		expect(pageOf('2026-11-26T11:00:00Z', '2026-11-26T11:58:59Z', '2025-01-01T00:00:00Z').expiresAt).toBe(now + 59_000);
	});
});

test('a relative time stays the same until it changes', () => {
	const age = fc.oneof(fc.integer({ min: -100_000, max: 3e10 }), fc.integer({ min: 0, max: 8.64e7 }));
	fc.assert(
		fc.property(age, fc.integer({ min: 0, max: 1e12 }), fc.double({ min: 0, max: 1, noNaN: true }), (age, at, part) => {
			const time = new Date(at);
			const now = at + age;
			const next = nextChangeOfRelativeTime(time, now);
			expect(next).toBeGreaterThan(now);
			const between = now + Math.floor((next - 1 - now) * part);
			expect(formatRelativeTime(time, between)).toBe(formatRelativeTime(time, now));
			// A date gets its year at the first turn of a year; later turns change nothing.
			const isOld = age > 3e10 || new Date(now).getUTCFullYear() > time.getUTCFullYear();
			if (!isOld) expect(formatRelativeTime(time, next)).not.toBe(formatRelativeTime(time, now));
		})
	);
});

test('pages and their compressed variants never take more than the limit, and those in use stay', async () => {
	const maxBytes = 2 ** 20;
	const pages = new KeptPages(maxBytes);
	const addresses = Array.from({ length: 200 }, (_, number) => `/user?before=${number}`);
	const keep = (state: string) =>
		// Compression saves little of this.
		pages.keep(state, { page: createPage(randomBytes(10_000).toString('base64')), route: '', state, findState });
	keep('/public');
	for (const address of addresses) {
		keep(address);
		for (const encoding of ['br', 'gzip'])
			await pages.findValid(address, address)?.answer({ 'accept-encoding': encoding });
		const sizes = addresses.map((each) => pages.find(each)?.page.size ?? 0);
		expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(maxBytes);
		expect(pages.findValid('/public', '/public')).not.toBeNull();
	}
	expect(pages.find(addresses[0] ?? '')).toBeUndefined();
	expect(addresses.filter((address) => pages.find(address)).length).toBeGreaterThan(15);
});

test('a page is valid only in its state and until it expires', () => {
	const pages = new KeptPages(2 ** 20);
	const keep = (page: VisitorPage) => pages.keep('/', { page, route: '', state: 'a', findState });
	keep(createPage('<time datetime="1970-01-01T00:00:00Z">'));
	expect([null, 'b', 'a'].map((state) => pages.findValid('/', state) !== null)).toEqual([false, false, true]);
	keep(createPage(`<time datetime="${new Date(Date.now() - 60_000).toISOString()}">`, '', Date.now() - 60_000));
	expect(pages.findValid('/', 'a')).toBeNull();
});

test.each([
	[undefined, 'identity'],
	['', 'identity'],
	['*', 'identity'],
	['gzip', 'gzip'],
	['gzip, deflate, br, zstd', 'br'],
	['BR;q=1.0, gzip;q=0.8', 'br'],
	['br;q=0, gzip', 'gzip'],
	['br; q=0.000 ,x-gzip ; q = 0.5', 'gzip'],
	['gzip;q=0', 'identity'],
	['brotli, gzipped, br;q=high', 'identity'],
	['identity;q=0.5, gzip;q=1.0', 'gzip']
] as const)('Accept-Encoding: %s selects %s', (header, encoding) => expect(acceptedEncoding(header)).toBe(encoding));
