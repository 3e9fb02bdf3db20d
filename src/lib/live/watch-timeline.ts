import { readRetryAfter } from '#lib/outbox/retry-after-header.ts';

const POLL_INTERVAL_MS = 30_000;
/** The longest interval while the server is busy or unreachable. */
const MAX_POLL_INTERVAL_MS = 10 * 60_000;

/** The answer to a poll: message ids. */
interface Changes {
	added: number[];
	removed: number[];
}

/**
 * Watches for new messages while the page is visible, over an event stream, or by polling if the stream is
 * refused. `onIds` receives message ids, possibly more than once, and returns whether to continue; `onRemoved` those of
 * messages that were deleted or flagged, likewise; `onSessionEnded` is called when the session has ended. Returns a
 * function that stops watching.
 */
export function watchNewMessages(
	address: string,
	onIds: (ids: number[]) => boolean,
	onRemoved: (ids: number[]) => void,
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
		const startPolling = () => (end = poll(address, take, onRemoved, onSessionEnded));
		end = openStream(address, take, onRemoved, startPolling, onSessionEnded);
	};
	const stop = () => {
		end?.();
		end = null;
	};
	// Browsers limit the connections of all tabs together, so hidden tabs close theirs.
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
	onRemoved: (ids: number[]) => void,
	onRefused: () => void,
	onSessionEnded: () => void
): () => void {
	const source = new EventSource(address);
	const idsOf = ({ data }: MessageEvent<string>) => JSON.parse(data) as number[];
	source.onmessage = (event: MessageEvent<string>) => onIds(idsOf(event));
	source.addEventListener('removed', (event: MessageEvent<string>) => onRemoved(idsOf(event)));
	source.addEventListener('session-ended', onSessionEnded);
	source.onerror = () => {
		// The browser reopens a stream that was interrupted, but not one that was refused.
		if (source.readyState === EventSource.CLOSED) onRefused();
	};
	return () => source.close();
}

/**
 * Polls every 30 s with exponential backoff, and stops on a permanent refusal. Returns a function that stops
 * polling.
 */
function poll(
	address: string,
	onIds: (ids: number[]) => void,
	onRemoved: (ids: number[]) => void,
	onSessionEnded: () => void
): () => void {
	let isStopped = false;
	let failures = 0;
	const request = async () => {
		const response = await fetch(address, { headers: { accept: 'application/json' } }).catch(() => null);
		const changes = response?.ok ? ((await response.json().catch(() => null)) as Changes | null) : null;
		if (isStopped) return;
		if (response?.status === 401) onSessionEnded();
		if (response && isPermanentRefusal(response)) return;
		failures = changes ? 0 : failures + 1;
		schedule(response);
		if (!changes) return;
		onRemoved(changes.removed);
		onIds(changes.added);
	};
	const schedule = (response: Response | null) => {
		const backoffMs = Math.min(POLL_INTERVAL_MS * 2 ** failures, MAX_POLL_INTERVAL_MS);
		const retryAfterMs = response ? (readRetryAfter(response.headers, Date.now()) ?? 0) : 0;
		timer = setTimeout(() => void request(), Math.max(backoffMs, retryAfterMs));
	};
	let timer = setTimeout(() => void request(), POLL_INTERVAL_MS);
	return () => {
		isStopped = true;
		clearTimeout(timer);
	};
}

/** Returns whether a retry is pointless, for example because the session has ended or the user no longer exists. */
function isPermanentRefusal({ status }: Response): boolean {
	return status >= 400 && status < 500 && status !== 408 && status !== 429;
}
