import { goto } from '$app/navigation';
import { showNotice } from '#lib/offline/notices.svelte.ts';
import type { SignedIn } from '#lib/server/accounts/sessions.ts';
import { messagePath } from '#lib/text/message-path.ts';
import { profilePath } from '#lib/text/profile-path.ts';
import { discardEntry } from './entries.ts';
import type { Entry } from './indexed-db.ts';
import { canQueue, putIntoOutbox } from './outbox-state.svelte.ts';

/**
 * Deletes a message of the user's by the outbox, and offers to undo that; the focus goes to `returnTo` after the offer.
 * Leaves the message's own page. Without an outbox, opens the page that asks and posts a form.
 */
export async function deleteMessage(
	user: SignedIn,
	message: { id: number; author_name: string; text: string },
	returnTo: HTMLElement | null
): Promise<void> {
	const { id, text } = message;
	if (canQueue() && location.pathname.endsWith(`/${id}`)) await goto(profilePath(user.name));
	const entry = await putIntoOutbox(user, { kind: 'delete', message: id, text });
	if (entry) showNotice('Message deleted', { undo: { run: () => void undo(entry), returnTo } });
	else await goto(`${messagePath(message)}/delete`);
}

async function undo(entry: Entry): Promise<void> {
	if (!(await discardEntry(entry))) showNotice("That was too late: it's being deleted");
}
