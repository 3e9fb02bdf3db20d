import { listen } from '#lib/offline/broadcast.ts';
import type { Account } from '#lib/outbox/indexed-db.ts';
import { deleteDraftsOf } from '#lib/outbox/drafts.ts';
import { showOnNextPage } from '#lib/offline/notices.svelte.ts';
import { clearTab, findInTab, keepInTab } from './tab-storage.ts';

/*
 * The account of this document. A document shows one account: when another one, or none, turns out to
 * be signed in, the document is replaced, and whatever its pages hold in memory ends with it. What
 * would outlive it is removed here. docs/decisions/0020-one-account-per-document.md has the reasons.
 */

/** In localStorage: the account of the document that was loaded last, for the other tabs and for frozen pages. */
const NEWEST = 'account';
const SIGNED_OUT = 'You were logged out';

let account: Account | undefined;
let isSigningOut = false;
let isLeaving = false;

function nameOf(of: Account): string {
	return String(of ?? 'none');
}

/** Takes note of whose page is shown. The first one decides whose document this is, another one replaces it. */
export function showPageOf(of: Account): void {
	if (account !== undefined) {
		if (of !== account) leave();
		return;
	}
	account = of;
	clearTab(of);
	try {
		localStorage.setItem(NEWEST, nameOf(of));
	} catch {
		// Without storage the other tabs learn it from the server's next answer.
	}
}

/** While this document signs its account out it stays, whatever it hears, so that it can act on the server's answer. */
export function holdForSignOut(isAsking: boolean): void {
	isSigningOut = isAsking;
}

/** This document has signed its account out, and what was kept of it is gone. */
export function leaveSignedOut(): void {
	isSigningOut = false;
	leave('/public', SIGNED_OUT);
}

/** Keeps a value for when the reader comes back to a page, as long as this account stays. */
export function keepForReturn(name: string, value: unknown): void {
	if (account !== undefined && !isLeaving) keepInTab(account, name, value);
}

/** The value that was kept for this account; null when there is none. */
export function findForReturn(name: string): unknown {
	return account === undefined ? null : findInTab(account, name);
}

/** Watches for the account leaving, in this tab or another; the returned function ends it. */
export function watchAccount(): () => void {
	const stopListening = listen((news) => {
		if (news.type !== 'signed-out') return;
		deleteDraftsOf(news.account);
		if (news.account === account) leave('/public', SIGNED_OUT);
	});
	const onStorage = ({ key, newValue }: StorageEvent) => {
		if (key === NEWEST && newValue !== null) leaveUnless(newValue);
	};
	// A page that was frozen has missed what happened meanwhile.
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
		return localStorage.getItem(NEWEST);
	} catch {
		return null;
	}
}

function leaveUnless(newest: string | null): void {
	if (account !== undefined && newest !== nameOf(account)) leave();
}

/** Shows nothing more, and loads a page for whoever is signed in now. */
function leave(path: string = location.pathname + location.search, notice?: string): void {
	if (isLeaving || isSigningOut) return;
	isLeaving = true;
	clearTab();
	if (notice) showOnNextPage(notice);
	document.body.hidden = true;
	location.replace(path);
}
