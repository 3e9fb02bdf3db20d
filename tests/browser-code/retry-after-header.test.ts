import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, test } from 'vitest';
import { ACCOUNT_HEADER } from '#lib/http/account-header.ts';
import { withDatabase } from '#lib/outbox/indexed-db.ts';
import { addEntry, listEntries } from '#lib/outbox/entries.ts';
import { MAX_RETRY_AFTER_MS, readRetryAfter } from '#lib/outbox/retry-after-header.ts';
import { sendWaiting } from '#lib/outbox/sender.ts';
import { sendEntry } from '#lib/outbox/send-entry.ts';

/* How the outbox respects Retry-After: RFC 9110, section 10.2.3. */

const NOW = Date.parse('Sun, 06 Nov 1994 08:49:07 GMT');
const OWNER = { id: 1, name: 'astrid' };

const clear = () => withDatabase((database) => database.clear('outbox'));

beforeEach(clear);

describe('readRetryAfter', () => {
	test.each([
		['0', 0],
		['120', 120_000],
		['Sun, 06 Nov 1994 08:49:37 GMT', 30_000],
		['Sunday, 06-Nov-94 08:49:37 GMT', 30_000],
		['Sun Nov  6 08:49:37 1994', 30_000],
		['Sun, 06 Nov 1994 08:00:00 GMT', 0],
		['Fri, 31 Dec 2099 23:59:59 GMT', MAX_RETRY_AFTER_MS],
		['86400', MAX_RETRY_AFTER_MS],
		['9'.repeat(400), MAX_RETRY_AFTER_MS]
	])('parses %s', (value, expected) =>
		expect(readRetryAfter(new Headers({ 'retry-after': value }), NOW)).toBe(expected)
	);

	test.each(['', '0.5', '-1', '+5', '1e3', '0x10', 'Infinity', 'soon', '1, 2', 'Mon', '06 Nov 1994', '1994-11-06'])(
		'ignores %j',
		(value) => expect(readRetryAfter(new Headers({ 'retry-after': value }), NOW)).toBeNull()
	);

	test('compares a date with the clock of the server that sent it', () => {
		const headers = new Headers({
			date: 'Wed, 07 Nov 2012 08:49:37 GMT',
			'retry-after': 'Wed, 07 Nov 2012 08:49:40 GMT'
		});
		expect(readRetryAfter(headers, NOW)).toBe(3_000);
	});
});

/** Answers every attempt like this. Resolves to the times of all attempts within an hour, in milliseconds. */
async function attemptsWithinAnHour(status: number, headers: Record<string, string>): Promise<number[]> {
	await addEntry(OWNER, { kind: 'message', text: 'patience' });
	let now = Date.now();
	const start = now;
	const attempts: number[] = [];
	const ports = {
		send: (entry: Parameters<typeof sendEntry>[0]) => {
			attempts.push(now - start);
			return sendEntry(entry, () => Promise.resolve(new Response('not now', { status, headers })));
		},
		now: () => now,
		random: () => 0
	};
	while (now < start + 3600_000 && attempts.length < 1_000) {
		const { nextTryAt } = await sendWaiting(OWNER.id, false, ports);
		expect(nextTryAt).not.toBeNull();
		now = nextTryAt ?? now;
	}
	return attempts;
}

describe.each([429, 503])('a server that answers %i', (status) => {
	test.each(['0', '', '0.5', '-1', 'soon', 'Sun, 06 Nov 1994 08:49:37 GMT'])(
		'is retried with `Retry-After: %s` no sooner than without it',
		async (value) => {
			const expected = await attemptsWithinAnHour(status, {});
			await clear();
			expect(await attemptsWithinAnHour(status, { 'retry-after': value })).toEqual(expected);
			expect(expected.length).toBeLessThan(40);
		}
	);

	test.each(['600', new Date(NOW + 600_000).toUTCString()])(
		'is not retried before `Retry-After: %s`',
		async (value) => {
			const attempts = await attemptsWithinAnHour(status, { 'retry-after': value, date: new Date(NOW).toUTCString() });
			expect(attempts).toEqual([0, 600_000, 1_200_000, 1_800_000, 2_400_000, 3_000_000]);
		}
	);
});

test('nothing is sent before the requested time, even on urgent runs', async () => {
	await addEntry(OWNER, { kind: 'message', text: 'patience' });
	let now = Date.now();
	let attempts = 0;
	const later = { kind: 'later', sentence: 'not now', retryAfterMs: 2_000 } as const;
	const ports = { send: () => Promise.resolve((attempts++, later)), now: () => now, random: () => 1 };
	for (let run = 0; run < 3; run++) await sendWaiting(OWNER.id, true, ports);
	expect(attempts).toBe(1);
	now += 2_000;
	await sendWaiting(OWNER.id, true, ports);
	expect(attempts).toBe(2);
});

test('a captive portal that answers 200 does not extend the outbox’s own wait', async () => {
	await addEntry(OWNER, { kind: 'message', text: 'patience' });
	const send = (entry: Parameters<typeof sendEntry>[0]) =>
		sendEntry(entry, () => Promise.resolve(new Response('<h1>Hotel</h1>', { headers: { 'retry-after': '9999' } })));
	const now = Date.now();
	expect((await sendWaiting(OWNER.id, true, { send, now: () => now, random: () => 1 })).nextTryAt).toBe(now + 1_000);
});

describe('an answer that is not from the server', () => {
	test.each([200, 201, 204, 301, 401, 403, 404, 413, 422, 451])('with status %i is ignored', async (status) => {
		const entry = await addEntry(OWNER, { kind: 'follow', name: 'bob' });
		const body = status === 204 ? null : JSON.stringify({ ...entry, error: 'Pay first' });
		const answer = () => new Response(body, { status, headers: { 'content-type': 'application/json' } });
		expect(await sendEntry(entry, () => Promise.resolve(answer()))).toMatchObject({ kind: 'later' });
	});

	test('counts if it carries the server’s header', async () => {
		const entry = await addEntry(OWNER, { kind: 'follow', name: 'bob' });
		const headers = { 'content-type': 'application/json', [ACCOUNT_HEADER]: '1' };
		const answer = (status: number) => () =>
			Promise.resolve(Response.json({ ...entry, error: 'No' }, { status, headers }));
		const kinds = [200, 401, 422].map(async (status) => (await sendEntry(entry, answer(status))).kind);
		expect(await Promise.all(kinds)).toEqual(['sent', 'signed-out', 'refused']);
		expect(await listEntries(OWNER.id)).toHaveLength(1);
	});
});
