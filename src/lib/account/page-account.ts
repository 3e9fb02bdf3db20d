import { onBroadcast } from '#lib/offline/broadcast.ts';
import type { Account } from '#lib/outbox/indexed-db.ts';
import { deleteDraftsOf } from '#lib/outbox/drafts.ts';
import { showOnNextPage } from '#lib/offline/notices.svelte.ts';
import { clearTabStorage, findInTab, saveInTab } from './tab-storage.ts';

/*
 * The account of this document. A document shows one account: when another account, or none, is signed
 * in, the document is replaced, which discards everything its pages hold in memory. Data that would
 * outlive it is deleted here. docs/decisions/0020-one-account-per-document.md has the reasons.
 */

/**
 * The localStorage key of the account whose document loaded last. Other tabs and restored pages compare it
 * with theirs.
 */
const NEWEST_ACCOUNT_KEY = 'account';
const SIGNED_OUT = 'You were logged out';

let account: Account | undefined;
let isSigningOut = false;
let isLeaving = false;

function storedName(of: Account): string {
	return String(of ?? 'none');
}

/**
 * Sets the account of the page that is shown. The first call decides the document's account; a different one
 * replaces the document.
 */
export function setPageAccount(of: Account): void {
	if (account !== undefined) {
		if (of !== account) leave();
		return;
	}
	account = of;
	clearTabStorage(of);
	try {
		localStorage.setItem(NEWEST_ACCOUNT_KEY, storedName(of));
	} catch {
		// Without storage, other tabs learn of the account from the server's next response.
	}
}

/** Keeps the document while it signs its account out, so that it can handle the server's response. */
export function holdForSignOut(isHeld: boolean): void {
	isSigningOut = isHeld;
	// Another account may have logged in meanwhile.
	const newest = findNewest();
	if (!isHeld && newest !== null) leaveUnless(newest);
}

/** Leaves the document after its account has signed out and its data has been deleted. The next page says `notice`. */
export function leaveSignedOut(notice = SIGNED_OUT): void {
	isSigningOut = false;
	leave('/public', notice);
}

/** Saves a value for when the user returns to a page. It is deleted when the account changes. */
export function saveForReturn(name: string, value: unknown): void {
	if (account !== undefined && !isLeaving) saveInTab(account, name, value);
}

/** Returns the value saved for this document's account, or null. */
export function findForReturn(name: string): unknown {
	return account === undefined ? null : findInTab(account, name);
}

/** Leaves the document when its account signs out, in this tab or another. Returns a function that stops watching. */
export function watchAccount(): () => void {
	const stopListening = onBroadcast((event) => {
		if (event.type !== 'signed-out') return;
		deleteDraftsOf(event.account);
		if (event.account === account) leave('/public', SIGNED_OUT);
	});
	const onStorage = ({ key, newValue }: StorageEvent) => {
		if (key === NEWEST_ACCOUNT_KEY && newValue !== null) leaveUnless(newValue);
	};
	// A page restored from the back/forward cache has missed the events since it was left.
	const onPageShow = ({ persisted }: PageTransitionEvent) => {
		if (persisted) leaveUnless(findNewest());
	};
	window.addEventListener('storage', onStorage);
	window.addEventListener('pageshow', onPageShow);
	return () => {
		stopListening();
		window.removeEventListener('storage', onStorage);
		window.removeEventListener('pageshow', onPageShow);
	};
}

function findNewest(): string | null {
	try {
		return localStorage.getItem(NEWEST_ACCOUNT_KEY);
	} catch {
		return null;
	}
}

function leaveUnless(newest: string | null): void {
	if (account !== undefined && newest !== storedName(account)) leave();
}

/** Hides the page and loads a document for the account that is signed in now. */
function leave(path: string = location.pathname + location.search, notice?: string): void {
	if (isLeaving || isSigningOut) return;
	isLeaving = true;
	clearTabStorage();
	if (notice) showOnNextPage(notice);
	document.body.hidden = true;
	location.replace(path);
}
