import { showStreams } from '#lib/server/metrics.ts';

const HEARTBEAT_MS = 25_000;
/** A stream ends after a while: the browser opens another, under whoever is signed in then. */
const LIFE_MS = 10 * 60_000;
const RETRY_MS = 3_000;
const encoder = new TextEncoder();

const open = new Set<() => void>();

/** Streams that are open in this process. */
export function countStreams(): number {
	return open.size;
}

/** Ends all streams, so that the server can stop. */
export function closeStreams(): void {
	open.forEach((close) => close());
}

/**
 * An answer of server-sent events. `start` gets a function that sends one event, and returns one
 * that is called once when the stream has ended, from whichever side.
 */
export function streamEvents(start: (send: (data: unknown) => void) => () => void): Response {
	let close = () => {};
	const body = new ReadableStream<Uint8Array>({
		start(controller) {
			const write = (text: string) => controller.enqueue(encoder.encode(text));
			const heartbeat = setInterval(() => write(': still here\n\n'), HEARTBEAT_MS);
			const life = setTimeout(() => close(), LIFE_MS);
			write(`retry: ${RETRY_MS}\n\n`);
			const stop = start((data) => write(`data: ${JSON.stringify(data)}\n\n`));
			close = () => {
				if (!open.delete(close)) return;
				showStreams(open.size);
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
			showStreams(open.size);
		},
		cancel: () => close()
	});
	return new Response(body, {
		headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' }
	});
}
