import type { Account } from '#lib/outbox/indexed-db.ts';

/*
 * Values that a tab saves for when its user returns to a page, in sessionStorage under one key per
 * account. Without storage nothing is saved.
 */

const PREFIX = 'kept-';
/** Values saved per account; the oldest is dropped first. */
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

/** Saves a JSON value, replacing the value with the same name. */
export function saveInTab(account: Account, name: string, value: unknown): void {
	const others = readValues(account).filter(([other]) => other !== name);
	try {
		sessionStorage.setItem(keyOf(account), JSON.stringify([...others.slice(1 - MAX_VALUES), [name, value]]));
	} catch {
		// There is no storage, or it is full: the saved values stay.
	}
}

/** Returns a saved value as parsed from JSON, or null. */
export function findInTab(account: Account, name: string): unknown {
	return readValues(account).find(([other]) => other === name)?.[1] ?? null;
}

/** Deletes what this tab has saved for all accounts, or for all but one. */
export function clearTabStorage(exception?: Account): void {
	try {
		const saved = Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
		for (const key of saved) if (exception === undefined || key !== keyOf(exception)) sessionStorage.removeItem(key);
	} catch {
		// Without storage there is nothing to delete.
	}
}
