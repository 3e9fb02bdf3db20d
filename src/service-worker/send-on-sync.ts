import { findAccount } from '#lib/account/signed-in-account.ts';
import { sendWaiting } from '#lib/outbox/sender.ts';

/** Handles Background Sync: the browser has a network, possibly with no page open. It retries after a failure. */
export function sendOnSync(event: ExtendableEvent): void {
	event.waitUntil(
		findAccount().then(async (account) => {
			if (account === null) return;
			const { nextTryAt } = await sendWaiting(account, true);
			if (nextTryAt !== null) throw new Error('Something is still waiting to be sent');
		})
	);
}
