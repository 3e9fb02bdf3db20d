import { findAccount } from '#lib/account/signed-in-account.ts';
import { sendWaiting } from '#lib/outbox/sender.ts';

/** Background Sync: the browser found a network, perhaps with no page open. A failure has it come again. */
export function sendOnSync(event: ExtendableEvent): void {
	event.waitUntil(
		findAccount().then(async (account) => {
			if (account === null) return;
			const { nextTryAt } = await sendWaiting(account, true);
			if (nextTryAt !== null) throw new Error('Something is still waiting to be sent');
		})
	);
}
