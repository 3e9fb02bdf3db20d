import { findAccount, forgetAccount } from '#lib/offline/account.ts';
import { addEntry } from '#lib/offline/outbox.ts';
import { MAX_MESSAGE_LENGTH, countCodePoints } from '#lib/limits.ts';
import { requestSync } from '#lib/offline/sync.ts';
import { QUEUED_PAGE, forgetPagesOf, requireServer } from './pages.ts';

declare const self: ServiceWorkerGlobalScope;

interface Asked {
	request: Request;
}

/** Signing out: once the server has taken it, nothing of that account stays in this browser. */
export async function answerLogOut({ request }: Asked): Promise<Response> {
	const account = await findAccount();
	const response = await fetch(request);
	const isDone = response.type === 'opaqueredirect' || (response.ok && response.headers.get('x-account') !== null);
	if (isDone && account !== null) {
		await forgetPagesOf(account);
		await forgetAccount(account);
	}
	return response;
}

/**
 * A message posted by the form itself, because scripts are off or have failed. Without a network the
 * worker takes it into the outbox and answers with a page that says so. It may have arrived although
 * the answer was lost: its id tells the server.
 */
export async function answerPost({ request }: Asked): Promise<Response> {
	const copy = request.clone();
	try {
		return requireServer(await fetch(request));
	} catch (error) {
		if (!(await queue(await copy.formData()))) throw error;
		return Response.redirect(QUEUED_PAGE, 303);
	}
}

async function queue(form: FormData): Promise<boolean> {
	const fieldOf = (name: string) => String(form.get(name) ?? '');
	const text = fieldOf('text').replaceAll('\r\n', '\n');
	const owner = Number(fieldOf('owner'));
	if (text.trim() === '' || !owner || countCodePoints(text) > MAX_MESSAGE_LENGTH) return false;
	await addEntry({ id: owner, name: fieldOf('owner_name') }, { kind: 'message', text }, fieldOf('id') || undefined);
	await requestSync(self.registration);
	return true;
}
