import { findAccount, forgetAccount } from '#lib/account/signed-in-account.ts';
import { addEntry } from '#lib/outbox/entries.ts';
import { MAX_MESSAGE_LENGTH, countCodePoints } from '#lib/limits.ts';
import { isBlank, normalizeText } from '#lib/text/message-text.ts';
import { sendWaiting } from '#lib/outbox/sender.ts';
import { requestSync } from '#lib/outbox/background-sync.ts';
import { QUEUED_PAGE, forgetPagesOf } from './page-cache.ts';
import { askAccount, isServers } from './server-responses.ts';

declare const self: ServiceWorkerGlobalScope;

interface Asked {
	event: ExtendableEvent;
	request: Request;
}

/**
 * Signing out. Only the server knows whether it has: whatever answered the form, it is asked who is
 * signed in now. Then nothing of that account is left here but what waits to be sent, see `forgetAccount`.
 */
export async function answerLogOut({ request }: Asked): Promise<Response> {
	const account = await findAccount();
	const response = await fetch(request).catch(() => Response.error());
	const signedIn = account === null ? undefined : await askAccount();
	if (account !== null && signedIn !== undefined && signedIn !== account) {
		await forgetPagesOf(account);
		await forgetAccount(account);
	}
	return response;
}

/**
 * A message posted by the form itself, because scripts are off or have failed. Unless the answer is surely
 * the server's, the worker takes the message into the outbox: what has arrived is recognised by its id. A
 * redirect may be either the server's, once it has the message, or a network's, and is followed.
 */
export async function answerPost({ event, request }: Asked): Promise<Response> {
	const copy = request.clone();
	const response = await fetch(request).catch(() => Response.error());
	if (isServers(response) || !isOwnForm(request)) return response;
	const owner = await queue(await copy.formData()).catch(() => null);
	if (owner === null) return response;
	if (response.type !== 'opaqueredirect') return Response.redirect(QUEUED_PAGE, 303);
	event.waitUntil(sendWaiting(owner, true));
	return response;
}

/** The server refuses forms of other sites, but not what comes from the outbox. Our pages always send their address. */
function isOwnForm({ referrer }: Request): boolean {
	return referrer.startsWith(`${self.location.origin}/`);
}

/** Returns the author's id; null for what is no message. Rejects where the browser keeps nothing. */
async function queue(form: FormData): Promise<number | null> {
	const fieldOf = (name: string) => String(form.get(name) ?? '');
	const text = normalizeText(fieldOf('text'));
	const owner = Number(fieldOf('owner'));
	if (isBlank(text) || !owner || countCodePoints(text) > MAX_MESSAGE_LENGTH) return null;
	await addEntry({ id: owner, name: fieldOf('owner_name') }, { kind: 'message', text }, fieldOf('id') || undefined);
	await requestSync(self.registration);
	return owner;
}
