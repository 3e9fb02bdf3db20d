/** What is known of a request while it is answered. The HTTP server makes it, the application completes it. */
export interface ObservedRequest {
	id: string;
	address: string;
	/** Name of whoever is signed in. */
	user: string | null;
	/** Pattern of the route, null as long as none was found. */
	route: string | null;
	/** What went wrong on our side. */
	error?: unknown;
	/** Logs and counts the request now, not at the end of its answer. For streams, which have no end to wait for. */
	record(status: number): void;
}

declare module 'node:http' {
	interface IncomingMessage {
		/** Set by the HTTP server of the web app; undefined where another one runs it, as in development. */
		observed?: ObservedRequest;
	}
}
