import type { SubmitFunction } from '@sveltejs/kit';
import { forgetAccount } from './signed-in-account.ts';
import { showNotice } from '#lib/offline/notices.svelte.ts';
import { deleteEntry } from '#lib/outbox/entries.ts';
import { agreeToLeave } from '#lib/outbox/outbox-state.svelte.ts';
import { holdForSignOut, leaveSignedOut } from './page-account.ts';

const NO_WAY = "Can't reach MiniTwit right now: you're still logged in";

/** What a form that signs an account out does with scripts: it asks when something waits, and stays where there is no network. */
export function signOutOf(account: number): SubmitFunction {
	return ({ cancel }) => {
		const lost = agreeToLeave();
		if (!lost) return cancel();
		holdForSignOut(true);
		return async ({ result }) => {
			if (result.type !== 'redirect') {
				holdForSignOut(false);
				showNotice(NO_WAY);
				return;
			}
			await Promise.allSettled(lost.map(deleteEntry));
			// The worker does the same, but not for a page that it does not control. All tabs of the account leave.
			await forgetAccount(account);
			leaveSignedOut();
		};
	};
}
