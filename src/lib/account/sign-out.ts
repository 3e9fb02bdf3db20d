import type { SubmitFunction } from '@sveltejs/kit';
import { forgetAccount } from './signed-in-account.ts';
import { showNotice } from '#lib/offline/notices.svelte.ts';
import { deleteEntry } from '#lib/outbox/entries.ts';
import { confirmSignOut } from '#lib/outbox/outbox-state.svelte.ts';
import { holdForSignOut, leaveSignedOut } from './page-account.ts';

const SIGN_OUT_FAILED = "Can't reach MiniTwit right now: you're still logged in";

/**
 * Returns the submit handler for a form that signs `account` out. It asks for confirmation if messages are
 * unsent, and stays on the page if the server can't be reached or refuses. The next page says `notice`.
 */
export function signOutOf(account: number, notice?: string): SubmitFunction {
	return ({ cancel }) => {
		const unsent = confirmSignOut();
		if (!unsent) return cancel();
		holdForSignOut(true);
		return async ({ result, update }) => {
			if (result.type !== 'redirect') {
				holdForSignOut(false);
				if (result.type === 'failure') return update();
				showNotice(result.type === 'error' && result.status === 409 ? String(result.error.message) : SIGN_OUT_FAILED);
				return;
			}
			await Promise.allSettled(unsent.map(deleteEntry));
			// The service worker does this too, but not for pages that it doesn't control.
			await forgetAccount(account);
			leaveSignedOut(notice);
		};
	};
}
