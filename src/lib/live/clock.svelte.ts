const TICK_MS = 30_000;

let now = $state(Date.now());
let callers = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/**
 * Returns the time in milliseconds since 1970 that relative times are computed from; on a page it advances
 * every 30 s.
 */
export function currentTime(): number {
	return typeof window === 'undefined' ? Date.now() : now;
}

/** Starts the clock, whose one timer all callers share. Returns a function that stops it after the last caller. */
export function startClock(): () => void {
	now = Date.now();
	if (callers++ === 0) timer = setInterval(() => (now = Date.now()), TICK_MS);
	return () => {
		if (--callers === 0) clearInterval(timer);
	};
}
