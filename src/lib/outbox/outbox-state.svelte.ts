import { invalidateAll } from '$app/navigation';
import { COPY_HEADER } from '#lib/http/flash-header.ts';
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { PAGE_SIZE } from '#lib/limits.ts';
import type { SignedIn } from '#lib/server/accounts/sessions.ts';
import { type News, listen } from '#lib/offline/broadcast.ts';
import type { Entry, Wish } from './indexed-db.ts';
import { showNotice } from '#lib/offline/notices.svelte.ts';
import { addEntry, listEntries } from './entries.ts';
import { entryNoun } from './entry-noun.ts';
import { LONGEST_DELAY_MS, sendWaiting } from './sender.ts';
import type { SentMessage } from './send-entry.ts';
import { requestSync } from './background-sync.ts';

/*
 * The outbox as a page sees it, and the clocks that have it sent: a wish, a start, a network or a
 * window that comes back, an answer of the server, a timer. The worker's Background Sync is one more.
 */

/** An entry is shown once it has been there for so long: most are recorded sooner, and the page need not move. */
const SHOWN_AFTER_MS = 400;

let entries = $state<Entry[]>([]);
/** Ids of entries that are not shown yet. */
const recent = new SvelteSet<string>();
let sent = $state<{ entryId: string; message: SentMessage }[]>([]);
let isSignedOut = $state(false);
/** Follows that the server has confirmed since the page was read, by name: the page does not know of them yet. */
const confirmed = new SvelteMap<string, boolean>();
let arrivals = 0;

let user: SignedIn | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
let run: Promise<void> | null = null;
let isAgain = false;

/** What waits in this browser for longer than a moment, of all accounts, in the order of sending. */
export function waitingEntries(): Entry[] {
	return entries.filter(({ id }) => !recent.has(id));
}

/** Messages that were recorded since this page was opened, newest first; of very many the newest. */
export function sentMessages(): SentMessage[] {
	return sent.map(({ message }) => message);
}

/** Whether the server said that nobody, or somebody else, is signed in. */
export function needsLogIn(): boolean {
	return isSignedOut;
}

/** Whether this browser can keep a wish at all: not over plain HTTP to another machine, nor in some private modes. */
export function canQueue(): boolean {
	return 'locks' in navigator && 'indexedDB' in globalThis;
}

/** Whether the last thing asked of a person is to follow them; null when the page knows as much. */
export function wishedFollow(owner: number, name: string): boolean | null {
	const wish = entries.findLast((entry) => entry.owner === owner && entry.kind !== 'message' && entry.name === name);
	return wish && wish.state !== 'failed' ? wish.kind === 'follow' : (confirmed.get(name) ?? null);
}

/** Puts a wish into the outbox and has it sent. False when the browser keeps nothing, or no more. */
export async function putIntoOutbox(person: SignedIn, wish: Wish, id?: string): Promise<boolean> {
	if (!canQueue()) return false;
	try {
		await addEntry(person, wish, id);
	} catch {
		return false;
	}
	void navigator.serviceWorker?.getRegistration().then((registration) => registration && requestSync(registration));
	sendNow();
	return true;
}

/** Sends now what waits, unless the server has asked for patience. */
export function sendNow(isUrgent = true): void {
	if (!user || !canQueue()) return;
	isAgain = run !== null;
	run ??= send(user.id, isUrgent).finally(() => {
		run = null;
		if (isAgain) sendNow();
	});
}

async function send(owner: number, isUrgent: boolean): Promise<void> {
	clearTimeout(timer);
	const before = arrivals;
	// What cannot be read now may be readable later: the browser's storage fails at times.
	const unreadable = () => ({ nextTryAt: Date.now() + LONGEST_DELAY_MS, isSignedOut: false });
	const result = await sendWaiting(owner, isUrgent).catch(unreadable);
	isSignedOut = result.isSignedOut;
	// The worker does not see what the outbox is answered. From this answer it learns who is signed in, see its pages.ts.
	if (isSignedOut) void fetch('/public/__data.json', { headers: { [COPY_HEADER]: 'yes' } }).catch(() => undefined);
	if (result.nextTryAt !== null) {
		const wait = Math.min(Math.max(result.nextTryAt - Date.now(), 0), LONGEST_DELAY_MS);
		timer = setTimeout(() => sendNow(false), wait);
	}
	if (arrivals === before) return;
	await invalidateAll();
	confirmed.clear();
}

async function refresh(): Promise<void> {
	const known = new Set(entries.map(({ id }) => id));
	const listed = await listEntries().catch(() => []);
	// The list may have been read before the last answer came.
	entries = listed.filter(({ id }) => !sent.some(({ entryId }) => entryId === id));
	for (const { id } of entries) if (!known.has(id)) showLater(id);
	const count = entries.length;
	if ('setAppBadge' in navigator)
		await (count ? navigator.setAppBadge(count) : navigator.clearAppBadge()).catch(() => undefined);
}

function showLater(id: string): void {
	recent.add(id);
	setTimeout(() => recent.delete(id), SHOWN_AFTER_MS);
}

function hear(news: News): void {
	if (news.type === 'outbox') void refresh();
	if (news.type !== 'sent') return;
	entries = entries.filter(({ id }) => id !== news.entry.id);
	if (news.entry.owner !== user?.id) return;
	arrivals++;
	if (news.message) sent = [{ entryId: news.entry.id, message: news.message }, ...sent].slice(0, PAGE_SIZE);
	if (news.entry.kind !== 'message') confirmed.set(news.entry.name, news.entry.kind === 'follow');
	showNotice(news.sentence);
}

/** Tells who is signed in on this page. What that person has waiting is sent. */
export function sendAs(person: SignedIn | null): void {
	user = person;
	isSignedOut = false;
	sendNow();
}

function describeLoss(entries: Entry[]): string {
	const isOne = entries.length === 1;
	const what = `${entries.length} ${entryNoun(entries)} ${isOne ? "hasn't" : "haven't"}`;
	return `${what} been sent. Sign out and delete ${isOne ? 'it' : 'them'}?`;
}

/**
 * Before somebody signs out here: asks when something of theirs waits, because it goes with them.
 * Returns what they agree to lose, null when they would rather stay.
 */
export function agreeToLeave(): Entry[] | null {
	const own = entries.filter(({ owner }) => owner === user?.id);
	return own.length === 0 || confirm(describeLoss(own)) ? own : null;
}

/** Starts the clocks; the returned function stops them. */
export function startOutbox(): () => void {
	const stopListening = listen(hear);
	const onOnline = () => sendNow();
	const onVisible = () => document.visibilityState === 'visible' && sendNow();
	window.addEventListener('online', onOnline);
	document.addEventListener('visibilitychange', onVisible);
	if (canQueue()) void refresh();
	return () => {
		stopListening();
		clearTimeout(timer);
		window.removeEventListener('online', onOnline);
		document.removeEventListener('visibilitychange', onVisible);
	};
}
