import type { Account } from '#lib/outbox/indexed-db.ts';

/*
 * What a tab keeps for pages to which its reader may come back: in sessionStorage, one entry an
 * account. A browser without storage keeps nothing.
 */

const PREFIX = 'kept-';
/** Values kept for an account; the one that was kept first goes first. */
const MAX_VALUES = 10;

type Values = [name: string, value: unknown][];

function keyOf(account: Account): string {
	return `${PREFIX}${account ?? 'none'}`;
}

function readValues(account: Account): Values {
	try {
		return JSON.parse(sessionStorage.getItem(keyOf(account)) ?? '[]') as Values;
	} catch {
		return [];
	}
}

/** Keeps a value that JSON can express, in place of the one of the same name. */
export function keepInTab(account: Account, name: string, value: unknown): void {
	const others = readValues(account).filter(([other]) => other !== name);
	try {
		sessionStorage.setItem(keyOf(account), JSON.stringify([...others.slice(1 - MAX_VALUES), [name, value]]));
	} catch {
		// No storage, or it is full: the values that have been kept stay.
	}
}

/** A value as JSON gives it back; null when there is none. */
export function findInTab(account: Account, name: string): unknown {
	return readValues(account).find(([other]) => other === name)?.[1] ?? null;
}

/** Removes what this tab keeps of all accounts, or of all but one. */
export function clearTab(exception?: Account): void {
	try {
		const kept = Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
		for (const key of kept) if (exception === undefined || key !== keyOf(exception)) sessionStorage.removeItem(key);
	} catch {
		// Nothing is kept.
	}
}
