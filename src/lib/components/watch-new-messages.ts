const POLL_EVERY_MS = 30_000;

/**
 * Watches for new messages while the page is in sight: by a stream, and where there is none by
 * asking from time to time. `onIds` gets the ids of messages, perhaps more than once, and says
 * whether it wants more. The returned function ends it.
 */
export function watchNewMessages(address: string, onIds: (ids: number[]) => boolean): () => void {
	let source: EventSource | null = null;
	let timer: ReturnType<typeof setInterval> | undefined;
	let isDone = false;

	const take = (ids: number[]) => {
		isDone = !onIds(ids);
		if (isDone) stop();
	};
	const ask = async () => {
		const response = await fetch(address, { headers: { accept: 'application/json' } }).catch(() => null);
		if (response?.ok && timer) take((await response.json()) as number[]);
	};
	const start = () => {
		if (isDone || source || timer || document.visibilityState === 'hidden') return;
		source = new EventSource(address);
		source.onmessage = ({ data }: MessageEvent<string>) => take(JSON.parse(data) as number[]);
		source.onerror = () => {
			// A stream that broke off comes back by itself, one that was refused does not.
			if (source?.readyState !== EventSource.CLOSED) return;
			source = null;
			timer = setInterval(() => void ask(), POLL_EVERY_MS);
		};
	};
	const stop = () => {
		source?.close();
		source = null;
		clearInterval(timer);
		timer = undefined;
	};
	// Browsers have few connections for all tabs together: those out of sight do without.
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
