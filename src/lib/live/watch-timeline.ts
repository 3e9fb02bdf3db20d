import { readRetryAfter } from '#lib/outbox/retry-after.ts';

const POLL_INTERVAL_MS = 30_000;
/** The longest pause while the server is busy or away. */
const LONGEST_POLL_INTERVAL_MS = 10 * 60_000;

/**
 * Watches for new messages while the page is visible: by a stream, or by polling where the stream is
 * refused. `onIds` gets the ids of messages, perhaps more than once, and returns whether it wants
 * more; `onSessionEnded` is called when the server says that nobody is signed in any more. The
 * returned function ends it.
 */
export function watchNewMessages(
	address: string,
	onIds: (ids: number[]) => boolean,
	onSessionEnded: () => void
): () => void {
	let end: (() => void) | null = null;
	let isDone = false;

	const take = (ids: number[]) => {
		isDone = !onIds(ids);
		if (isDone) stop();
	};
	const start = () => {
		if (isDone || end || document.visibilityState === 'hidden') return;
		end = openStream(address, take, () => (end = poll(address, take, onSessionEnded)), onSessionEnded);
	};
	const stop = () => {
		end?.();
		end = null;
	};
	// Browsers have few connections for all tabs together: hidden tabs do without.
	const onVisibility = () => (document.visibilityState === 'visible' ? start() : stop());

	document.addEventListener('visibilitychange', onVisibility);
	window.addEventListener('online', start);
	start();
	return () => {
		stop();
		document.removeEventListener('visibilitychange', onVisibility);
		window.removeEventListener('online', start);
	};
}

function openStream(
	address: string,
	onIds: (ids: number[]) => void,
	onRefused: () => void,
	onSessionEnded: () => void
): () => void {
	const source = new EventSource(address);
	source.onmessage = ({ data }: MessageEvent<string>) => onIds(JSON.parse(data) as number[]);
	source.addEventListener('session-ended', onSessionEnded);
	source.onerror = () => {
		// The browser reopens a stream that broke off, but not one that was refused.
		if (source.readyState === EventSource.CLOSED) onRefused();
	};
	return () => source.close();
}

/** Asks every half minute, less and less often while it fails, and no more once that is pointless. */
function poll(address: string, onIds: (ids: number[]) => void, onSessionEnded: () => void): () => void {
	let isEnded = false;
	let failures = 0;
	const ask = async () => {
		const response = await fetch(address, { headers: { accept: 'application/json' } }).catch(() => null);
		const ids = response?.ok ? ((await response.json().catch(() => null)) as number[] | null) : null;
		if (isEnded) return;
		if (response?.status === 401) onSessionEnded();
		if (response && isRefusedForGood(response)) return;
		failures = ids ? 0 : failures + 1;
		schedule(response);
		if (ids) onIds(ids);
	};
	const schedule = (response: Response | null) => {
		const ownDelayMs = Math.min(POLL_INTERVAL_MS * 2 ** failures, LONGEST_POLL_INTERVAL_MS);
		const askedDelayMs = response ? (readRetryAfter(response.headers, Date.now()) ?? 0) : 0;
		timer = setTimeout(() => void ask(), Math.max(ownDelayMs, askedDelayMs));
	};
	let timer = setTimeout(() => void ask(), POLL_INTERVAL_MS);
	return () => {
		isEnded = true;
		clearTimeout(timer);
	};
}

/** Such as a session that has ended, or an author who is gone. */
function isRefusedForGood({ status }: Response): boolean {
	return status >= 400 && status < 500 && status !== 408 && status !== 429;
}
