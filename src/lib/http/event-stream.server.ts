import { addressForLimits } from '#lib/server/listening/client-address.ts';
import { setOpenStreams } from '#lib/server/observability/metrics.ts';
import { listEndedSessions } from '#lib/server/accounts/sessions.ts';

export const STREAM_HEADERS = {
	'content-type': 'text/event-stream',
	'cache-control': 'no-store',
	'x-accel-buffering': 'no'
};

const HEARTBEAT_MS = 25_000;
/** The lifetime of a stream. The browser then opens another one, under the account that is logged in by then. */
const LIFE_MS = 10 * 60_000;
const RETRY_MS = 3_000;
const encoder = new TextEncoder();

/** Limits memory and file handles of a process; later clients poll instead. */
const MAX_STREAMS = 2_000;
/** Enough for a class of a hundred behind one address with a few windows each, and not enough to use up all streams. */
const MAX_STREAMS_OF_ADDRESS = 400;

/** Functions that close the streams of this process. */
const open = new Set<() => void>();
/** The number of streams by address; for IPv6 by network, which belongs to one customer. */
const countOf = new Map<string, number>();

/** The session of each logged-in user's stream, by the function that ends the stream with its session. */
const sessionOf = new Map<() => void, string>();

/** Whether an address may open another stream. */
export function hasRoomFor(address: string): boolean {
	return open.size < MAX_STREAMS && (countOf.get(addressForLimits(address)) ?? 0) < MAX_STREAMS_OF_ADDRESS;
}

function count(address: string, change: 1 | -1): void {
	const key = addressForLimits(address);
	const streams = (countOf.get(key) ?? 0) + change;
	if (streams > 0) countOf.set(key, streams);
	else countOf.delete(key);
	setOpenStreams(open.size);
}

/** Closes all streams so that the server can stop. */
export function closeStreams(): void {
	[...open].forEach((close) => close());
}

/** Closes the streams of ended sessions and notifies their pages. */
export async function closeEndedStreams(): Promise<void> {
	const streams = [...sessionOf];
	if (streams.length === 0) return;
	const ended = new Set(await listEndedSessions(streams.map(([, session]) => session)));
	for (const [end, session] of streams) if (ended.has(session) && sessionOf.has(end)) end();
}

/**
 * Creates a response of server-sent events to an address; it ends with `session`, if given. `start` receives a function
 * that sends one event, of type `message` unless it is given another, and returns a function that is called once when the stream has ended on either side.
 */
export function streamEvents(
	address: string,
	session: string | null,
	start: (send: (data: unknown, event?: string) => void) => () => void
): Response {
	let close = () => {};
	const body = new ReadableStream<Uint8Array>({
		start(controller) {
			const write = (text: string) => controller.enqueue(encoder.encode(text));
			const heartbeat = setInterval(() => write(': still here\n\n'), HEARTBEAT_MS);
			const life = setTimeout(() => close(), LIFE_MS);
			write(`retry: ${RETRY_MS}\n\n`);
			const stop = start((data, event = 'message') => write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
			const end = () => {
				write('event: session-ended\ndata: {}\n\n');
				close();
			};
			if (session !== null) sessionOf.set(end, session);
			close = () => {
				if (!open.delete(close)) return;
				sessionOf.delete(end);
				count(address, -1);
				clearInterval(heartbeat);
				clearTimeout(life);
				stop();
				try {
					controller.close();
				} catch {
					// The browser has already closed it.
				}
			};
			open.add(close);
			count(address, 1);
		},
		cancel: () => close()
	});
	return new Response(body, { headers: STREAM_HEADERS });
}
