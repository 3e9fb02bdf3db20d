/** State of a request in progress. The HTTP server creates it, the application completes it. */
export interface ObservedRequest {
	id: string;
	address: string;
	/** The name of the logged-in user. */
	user: string | null;
	/** The route's pattern; null until a route matches. */
	route: string | null;
	/** The exception that the request ended with. */
	error?: unknown;
	/**
	 * Logs and counts the request now instead of at the end of the response. For event streams, which do not
	 * end by themselves.
	 */
	record(status: number): void;
	/** Sets `Retry-After` on the response, also if SvelteKit replaces it by a page of its own. */
	askAgainAfter(seconds: number): void;
}

declare module 'node:http' {
	interface IncomingMessage {
		/** Set by the web app's HTTP server; undefined under another server, as in development. */
		observed?: ObservedRequest;
	}
}
