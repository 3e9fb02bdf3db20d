/** What pages tell the service worker. */
export type WorkerMessage =
	/** Replace the version that runs. */
	| 'take-over'
	/** The server may be reachable again: ask it which messages of saved pages were deleted or flagged. */
	| 'check-copies'
	/** These messages were deleted or flagged. */
	| { removed: number[] };

/** Tells the service worker that controls this page, if there is one. */
export function tellWorker(message: WorkerMessage): void {
	// Browsers have service workers only over HTTPS and on localhost.
	if ('serviceWorker' in navigator) navigator.serviceWorker.controller?.postMessage(message);
}
