import { ACCOUNT_HEADER } from '#lib/http/account-header.ts';
import type { Account } from '#lib/outbox/indexed-db.ts';

/*
 * Whether an answer is the server's. A network that wants to be paid first, or a proxy in front of a
 * server that is away, answers in its place: with 200 and a page of its own, or with a redirect.
 */

/** Answered by the web app itself, whoever is signed in, without the work of a page. */
const PROBE = '/healthz';
const PATIENCE_MS = 3_000;
const GATEWAY_ERRORS = [502, 503, 504];

/** A proxy that says that the server is away is no better than no network. @throws for its answers */
export function requireServer(response: Response): Response {
	if (GATEWAY_ERRORS.includes(response.status)) throw new Error('The server behind the proxy is away');
	return response;
}

/** The account that the server made an answer for; undefined when it is not the server's, or hides its headers. */
export function accountOf({ headers }: Response): Account | undefined {
	const id = headers.get(ACCOUNT_HEADER);
	return id === null ? undefined : id === 'none' ? null : Number(id);
}

/** Whether an answer is the server's own. False for a redirect of a form: browsers hide all of it. */
export function isServers(response: Response): boolean {
	return accountOf(response) !== undefined && !GATEWAY_ERRORS.includes(response.status);
}

/** Asks the server who is signed in here; undefined when it cannot be reached. */
export async function askAccount(): Promise<Account | undefined> {
	const signal = AbortSignal.timeout(PATIENCE_MS);
	const response = await fetch(PROBE, { cache: 'no-store', redirect: 'error', signal }).catch(() => Response.error());
	return accountOf(response);
}
