const TICK_MS = 30_000;

let now = $state(Date.now());
let listeners = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** Milliseconds since 1970, for what shows how long ago something was. */
export function currentTime(): number {
	return typeof window === 'undefined' ? Date.now() : now;
}

/** Lets the time go on while somebody looks; the returned function ends it. One timer serves the page. */
export function keepTime(): () => void {
	now = Date.now();
	if (listeners++ === 0) timer = setInterval(() => (now = Date.now()), TICK_MS);
	return () => {
		if (--listeners === 0) clearInterval(timer);
	};
}
