import { addressForLimits } from '#lib/server/listening/client-address.ts';
import { setOpenStreams } from '#lib/server/observability/metrics.ts';
import { listEndedSessions } from '#lib/server/accounts/sessions.ts';

export const STREAM_HEADERS = {
	'content-type': 'text/event-stream',
	'cache-control': 'no-store',
	'x-accel-buffering': 'no'
};

const HEARTBEAT_MS = 25_000;
/** A stream ends after a while: the browser opens another, under whoever is signed in then. */
const LIFE_MS = 10 * 60_000;
const RETRY_MS = 3_000;
const encoder = new TextEncoder();

/** A process has memory and file handles for so many; who comes later asks from time to time. */
const MAX_STREAMS = 2_000;
/** A class of a hundred behind one address has a few windows each, and nobody all of the room there is. */
const MAX_STREAMS_OF_ADDRESS = 400;

/** How to end each stream that is open in this process. */
const open = new Set<() => void>();
/** How many of them an address has; of IPv6 its whole network, which is one customer's. */
const countOf = new Map<string, number>();

/** The session that each stream of somebody signed in belongs to, and how to end it with that session. */
const sessionOf = new Map<() => void, string>();

/** Whether there is room for one more stream to an address. */
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

/** Ends all streams, so that the server can stop. */
export function closeStreams(): void {
	[...open].forEach((close) => close());
}

/** Ends the streams whose session has ended; their pages are told. */
export async function closeEndedStreams(): Promise<void> {
	const streams = [...sessionOf];
	if (streams.length === 0) return;
	const ended = new Set(await listEndedSessions(streams.map(([, session]) => session)));
	for (const [end, session] of streams) if (ended.has(session) && sessionOf.has(end)) end();
}

/**
 * An answer of server-sent events to an address, which ends with a session if it is given one. `start` gets a function
 * that sends one event, and returns one that is called once when the stream has ended, from whichever side.
 */
export function streamEvents(
	address: string,
	session: string | null,
	start: (send: (data: unknown) => void) => () => void
): Response {
	let close = () => {};
	const body = new ReadableStream<Uint8Array>({
		start(controller) {
			const write = (text: string) => controller.enqueue(encoder.encode(text));
			const heartbeat = setInterval(() => write(': still here\n\n'), HEARTBEAT_MS);
			const life = setTimeout(() => close(), LIFE_MS);
			write(`retry: ${RETRY_MS}\n\n`);
			const stop = start((data) => write(`data: ${JSON.stringify(data)}\n\n`));
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
					// The browser has ended it.
				}
			};
			open.add(close);
			count(address, 1);
		},
		cancel: () => close()
	});
	return new Response(body, { headers: STREAM_HEADERS });
}
