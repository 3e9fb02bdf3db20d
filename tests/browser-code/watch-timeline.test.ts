import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchNewMessages } from '#lib/live/watch-timeline.ts';

/* A server that refuses streams is polled, but not too often. */

class RefusedStream {
	static readonly CLOSED = 2;
	readonly readyState = RefusedStream.CLOSED;
	constructor() {
		queueMicrotask(() => this.onerror());
	}
	onerror() {}
	addEventListener() {}
	close() {}
}

const MINUTE_MS = 60_000;
let answer: () => Response;
const onSessionEnded = vi.fn();
const send = vi.fn(() => Promise.resolve(answer()));

beforeEach(() => {
	vi.useFakeTimers();
	send.mockClear();
	onSessionEnded.mockClear();
	vi.stubGlobal('document', Object.assign(new EventTarget(), { visibilityState: 'visible' }));
	vi.stubGlobal('window', new EventTarget());
	vi.stubGlobal('EventSource', RefusedStream);
	vi.stubGlobal('fetch', send);
});
afterEach(() => {
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

/** Watches for some minutes. Resolves to the reported ids and the number of requests. */
async function watchFor(minutes: number): Promise<{ ids: number[]; removed: number[]; requests: number }> {
	const ids: number[] = [];
	const removed: number[] = [];
	const take = (added: number[]) => {
		ids.push(...added);
		return true;
	};
	const stop = watchNewMessages('/events', take, (gone) => removed.push(...gone), onSessionEnded);
	await vi.advanceTimersByTimeAsync(minutes * MINUTE_MS);
	const requests = send.mock.calls.length;
	stop();
	await vi.advanceTimersByTimeAsync(60 * MINUTE_MS);
	expect(send).toHaveBeenCalledTimes(requests);
	return { ids, removed, requests };
}

test('a server that answers is polled every 30 seconds', async () => {
	answer = () => Response.json({ added: [7], removed: [5] });
	const [ids, removed] = [7, 5].map((id) => Array<number>(20).fill(id));
	expect(await watchFor(10)).toEqual({ ids, removed, requests: 20 });
});

test.each([
	['is busy', () => new Response(null, { status: 503 })],
	['limits requests', () => new Response(null, { status: 429 })],
	['sends `Retry-After: 0`', () => new Response(null, { status: 503, headers: { 'retry-after': '0' } })],
	['is not MiniTwit', () => new Response('<p>Welcome to our hotel', { status: 200 })]
])('a server that %s is polled with exponential backoff', async (_, given) => {
	answer = given;
	// After 30 s, then 1, 2, 4 and 8 minutes, then every 10.
	expect((await watchFor(60)).requests).toBe(9);
});

test.each([
	['seconds', () => '1800'],
	['a date', () => new Date(Date.now() + 30 * MINUTE_MS).toUTCString()]
])('a server that sends Retry-After as %s is not polled earlier', async (_, name) => {
	answer = () => new Response(null, { status: 503, headers: { 'retry-after': name() } });
	expect((await watchFor(30)).requests).toBe(1);
});

test('a server that recovers is polled at the normal interval', async () => {
	let failures = 3;
	answer = () => (failures-- > 0 ? new Response(null, { status: 502 }) : Response.json({ added: [], removed: [] }));
	expect((await watchFor(30)).requests).toBeGreaterThan(40);
});

test.each([400, 401, 404])('a server that answers %i is not polled again', async (status) => {
	answer = () => new Response(null, { status });
	expect((await watchFor(60)).requests).toBe(1);
	expect(onSessionEnded).toHaveBeenCalledTimes(status === 401 ? 1 : 0);
});
