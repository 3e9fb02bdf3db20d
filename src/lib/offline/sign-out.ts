import { applyAction } from '$app/forms';
import type { SubmitFunction } from '@sveltejs/kit';
import { showNotice } from './notices.svelte.ts';
import { deleteEntry } from './outbox.ts';
import { agreeToLeave, stay } from './outbox.svelte.ts';

const NO_WAY = 'There is no way to MiniTwit right now: you are still logged in';

/** What a form that signs out does with scripts: it asks when something waits, and stays where there is no network. */
export const signOut: SubmitFunction = ({ cancel }) => {
	const lost = agreeToLeave();
	if (!lost) return cancel();
	return async ({ result }) => {
		if (result.type !== 'redirect') {
			stay();
			return showNotice(NO_WAY);
		}
		await Promise.allSettled(lost.map(deleteEntry));
		await applyAction(result);
		// Another tab may have shown the server's own sentence.
		showNotice('You were logged out');
	};
};
