import { applyAction } from '$app/forms';
import type { SubmitFunction } from '@sveltejs/kit';
import { showNotice } from './notices.svelte.ts';
import { agreeToLeave } from './outbox.svelte.ts';

/** What a form that signs out does with scripts: it asks when something waits, and stays where there is no network. */
export const signOut: SubmitFunction = ({ cancel }) => {
	if (!agreeToLeave()) return cancel();
	return async ({ result }) => {
		if (result.type !== 'redirect') return showNotice('There is no way to MiniTwit right now: you are still logged in');
		await applyAction(result);
		// Another tab may have shown the server's own sentence.
		showNotice('You were logged out');
	};
};
