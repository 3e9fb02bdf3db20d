import { setTimeout as delay } from 'node:timers/promises';

/** How many events to wait for. A single one may come from the poll every 15 s instead of a notification. */
const EVENTS = 3;

/** A client that has a timeline open while others post. */
export interface Reader {
	/** Waits for the third event after `since`. Resolves to the seconds until then, Infinity after `seconds`. */
	waitForEvents(since: number, seconds: number): Promise<number>;
	close(): void;
}

/** Opens the stream of new messages. */
export async function openStream(web: string): Promise<Reader> {
	const closing = new AbortController();
	const url = `${web}/events?timeline=public&after=${Number.MAX_SAFE_INTEGER}`;
	const stream = await fetch(url, { signal: closing.signal });
	if (!stream.body) throw new Error(`${url} answered ${stream.status} without a body`);
	const receivedAt: number[] = [];
	void recordEvents(stream.body, receivedAt);
	return {
		async waitForEvents(since, seconds) {
			const third = () => receivedAt.filter((moment) => moment > since)[EVENTS - 1] ?? Infinity;
			while (third() === Infinity && performance.now() < since + seconds * 1000) await delay(20);
			return (third() - since) / 1000;
		},
		close: () => closing.abort()
	};
}

/** Records when each event arrives, until the stream ends. */
async function recordEvents(body: ReadableStream<Uint8Array>, receivedAt: number[]): Promise<void> {
	const decoder = new TextDecoder();
	try {
		for await (const part of body) {
			if (decoder.decode(part, { stream: true }).includes('data:')) receivedAt.push(performance.now());
		}
	} catch {
		// The stream was closed or broke: nothing more arrives.
	}
}
