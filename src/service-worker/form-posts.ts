import { findAccount, forgetAccount } from '#lib/account/signed-in-account.ts';
import { addEntry } from '#lib/outbox/entries.ts';
import { MAX_MESSAGE_LENGTH, countCodePoints } from '#lib/limits.ts';
import { isBlank, normalizeText } from '#lib/text/message-text.ts';
import { sendWaiting } from '#lib/outbox/sender.ts';
import { requestSync } from '#lib/outbox/background-sync.ts';
import { QUEUED_PAGE, deletePagesOf } from './page-cache.ts';
import { fetchAccount, isFromServer } from './server-responses.ts';

declare const self: ServiceWorkerGlobalScope;

interface FetchContext {
	event: ExtendableEvent;
	request: Request;
}

/**
 * Handles a sign-out. The response to the form may not come from the server, so the server is asked who is
 * signed in now. If the account has signed out, its data is deleted, except for its outbox: see `forgetAccount`.
 */
export async function handleLogOut({ request }: FetchContext): Promise<Response> {
	const account = await findAccount();
	const response = await fetch(request).catch(() => Response.error());
	const signedIn = account === null ? undefined : await fetchAccount();
	if (account !== null && signedIn !== undefined && signedIn !== account) {
		await deletePagesOf(account);
		await forgetAccount(account);
	}
	return response;
}

/**
 * Handles a message posted by the form itself, because JavaScript is off or has failed. Unless the response
 * certainly comes from the server, the message is added to the outbox; the server recognises a message that
 * it has already by its id. A redirect may come from the server or a captive portal, and is followed.
 */
export async function handleMessagePost({ event, request }: FetchContext): Promise<Response> {
	const copy = request.clone();
	const response = await fetch(request).catch(() => Response.error());
	if (isFromServer(response) || !isOwnForm(request)) return response;
	const owner = await queue(await copy.formData()).catch(() => null);
	if (owner === null) return response;
	if (response.type !== 'opaqueredirect') return Response.redirect(QUEUED_PAGE, 303);
	event.waitUntil(sendWaiting(owner, true));
	return response;
}

/**
 * The server refuses forms of other sites but accepts the outbox, so the worker checks the referrer, which
 * our pages always send.
 */
function isOwnForm({ referrer }: Request): boolean {
	return referrer.startsWith(`${self.location.origin}/`);
}

/**
 * Adds the message of a form to the outbox. Returns the author's id, or null if it isn't a valid message.
 * Rejects without storage.
 */
async function queue(form: FormData): Promise<number | null> {
	const fieldOf = (name: string) => String(form.get(name) ?? '');
	const text = normalizeText(fieldOf('text'));
	const owner = Number(fieldOf('owner'));
	if (isBlank(text) || !owner || countCodePoints(text) > MAX_MESSAGE_LENGTH) return null;
	await addEntry({ id: owner, name: fieldOf('owner_name') }, { kind: 'message', text }, fieldOf('id') || undefined);
	await requestSync(self.registration);
	return owner;
}
