import { setTimeout as delay } from 'node:timers/promises';

/** From one piece of news alone it cannot be told whether it was heard of or looked for, every 15 s. */
const PIECES = 3;

/** Somebody who has a timeline open while others post. */
export interface Reader {
	/** Waits for the third piece of news after a moment. Resolves to the seconds until then, infinite when they are over. */
	waitForNews(since: number, seconds: number): Promise<number>;
	close(): void;
}

/** Opens the stream of new messages. */
export async function openStream(web: string): Promise<Reader> {
	const closing = new AbortController();
	const url = `${web}/events?timeline=public&after=${Number.MAX_SAFE_INTEGER}`;
	const stream = await fetch(url, { signal: closing.signal });
	if (!stream.body) throw new Error(`${url} answered ${stream.status} and nothing else`);
	const heard: number[] = [];
	void note(stream.body, heard);
	return {
		async waitForNews(since, seconds) {
			const third = () => heard.filter((moment) => moment > since)[PIECES - 1] ?? Infinity;
			while (third() === Infinity && performance.now() < since + seconds * 1000) await delay(20);
			return (third() - since) / 1000;
		},
		close: () => closing.abort()
	};
}

/** Writes down when each piece came, until the stream ends. */
async function note(body: ReadableStream<Uint8Array>, heard: number[]): Promise<void> {
	const decoder = new TextDecoder();
	try {
		for await (const part of body) {
			if (decoder.decode(part, { stream: true }).includes('data:')) heard.push(performance.now());
		}
	} catch {
		// It was closed, or broke: then nothing more is heard.
	}
}
