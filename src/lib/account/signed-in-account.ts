import { announce } from '#lib/offline/broadcast.ts';
import { type Account, withDatabase } from '#lib/outbox/indexed-db.ts';

/** The cache with the pages of an account; those of visitors have one of their own. */
export function pagesCache(account: Account): string {
	return `pages-${account ?? 'none'}`;
}

/** Who is signed in here. Nobody, where the browser keeps nothing. */
export async function findAccount(): Promise<Account> {
	const account = await withDatabase((database) => database.get('state', 'account')).catch(() => null);
	return account ?? null;
}

/** Notes who is signed in, as the server has just told. Removes nothing. */
export async function noteAccount(account: Account): Promise<void> {
	if ((await findAccount()) === account) return;
	await withDatabase(async (database) => {
		if (account === null) await database.delete('state', 'account');
		else await database.put('state', account, 'account');
	}).catch(() => undefined);
}

/**
 * Removes the pages that this browser keeps of an account and has its tabs remove their drafts: somebody
 * has signed out. What waits to be sent stays for when they are back, unless they agree to lose it.
 */
export async function forgetAccount(account: number): Promise<void> {
	// Over plain HTTP to another machine there are no caches.
	if ('caches' in globalThis) await caches.delete(pagesCache(account));
	await noteAccount(null);
	announce({ type: 'signed-out', account });
}
