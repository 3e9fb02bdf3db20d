import { ACCOUNT_HEADER } from '#lib/http/account-header.ts';
import type { Account } from '#lib/outbox/indexed-db.ts';

/*
 * Tells whether a response comes from the server. A captive portal, or a proxy whose server is down, may
 * respond in its place: with 200 and a page of its own, or with a redirect.
 */

/** The web app responds to this address for every account, without rendering a page. */
const PROBE = '/healthz';
const PROBE_TIMEOUT_MS = 3_000;
const BACKGROUND_TIMEOUT_MS = 10_000;
const GATEWAY_ERRORS = [502, 503, 504];

/** Returns the response. @throws for a proxy's error, which counts as no network */
export function requireServer(response: Response): Response {
	if (GATEWAY_ERRORS.includes(response.status)) throw new Error('The server behind the proxy is down');
	return response;
}

/**
 * Returns the account that the server created a response for; undefined if it isn't the server's, or its
 * headers are hidden.
 */
export function accountOf({ headers }: Response): Account | undefined {
	const id = headers.get(ACCOUNT_HEADER);
	return id === null ? undefined : id === 'none' ? null : Number(id);
}

/** Returns whether a response comes from the server. False for the redirect of a form, whose headers browsers hide. */
export function isFromServer(response: Response): boolean {
	return accountOf(response) !== undefined && !GATEWAY_ERRORS.includes(response.status);
}

/** Asks the server who is signed in. Returns undefined if it can't be reached. */
export async function fetchAccount(): Promise<Account | undefined> {
	const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
	const response = await fetch(PROBE, { cache: 'no-store', redirect: 'error', signal }).catch(() => Response.error());
	return accountOf(response);
}

/**
 * Fetches what no page waits for. Rejects like `fetch`, also if the response takes too long, because a worker that waits
 * keeps a new version from taking over. Reading the body then rejects too.
 */
export function fetchInBackground(address: string, init: RequestInit): Promise<Response> {
	return fetch(address, { ...init, signal: AbortSignal.timeout(BACKGROUND_TIMEOUT_MS) });
}
