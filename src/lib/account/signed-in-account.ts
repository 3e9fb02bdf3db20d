import { broadcast } from '#lib/offline/broadcast.ts';
import { type Account, withDatabase } from '#lib/outbox/indexed-db.ts';

/** Returns the name of the cache that holds an account's pages; visitors' pages have their own. */
export function pagesCache(account: Account): string {
	return `pages-${account ?? 'none'}`;
}

/** Returns the account that is signed in on this browser; null if there is none or the browser has no storage. */
export async function findAccount(): Promise<Account> {
	const account = await withDatabase((database) => database.get('state', 'account')).catch(() => null);
	return account ?? null;
}

/** Saves who is signed in, as the server last reported. Deletes no data. */
export async function saveAccount(account: Account): Promise<void> {
	if ((await findAccount()) === account) return;
	await withDatabase(async (database) => {
		if (account === null) await database.delete('state', 'account');
		else await database.put('state', account, 'account');
	}).catch(() => undefined);
}

/**
 * Deletes an account's saved pages after it has signed out, and tells all tabs to delete its drafts. Its
 * outbox stays for the next log-in, unless the user agreed to delete it.
 */
export async function forgetAccount(account: number): Promise<void> {
	// Browsers provide caches only over HTTPS and on localhost.
	if ('caches' in globalThis) await caches.delete(pagesCache(account));
	// Another account may have logged in already.
	if ((await findAccount()) === account) await saveAccount(null);
	broadcast({ type: 'signed-out', account });
}
