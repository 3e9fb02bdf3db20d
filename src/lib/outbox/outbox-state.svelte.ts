import { COPY_HEADER } from '#lib/http/flash-header.ts';
import { PAGE_SIZE } from '#lib/limits.ts';
import { messagePath } from '#lib/text/message-path.ts';
import type { SignedIn } from '#lib/server/accounts/sessions.ts';
import { type BroadcastEvent, onBroadcast } from '#lib/offline/broadcast.ts';
import type { Entry, Intent } from './indexed-db.ts';
import { type Notice, showNotice } from '#lib/offline/notices.svelte.ts';
import { reloadPage } from '#lib/offline/reload-page.ts';
import { addRemoved } from '#lib/live/removed-messages.svelte.ts';
import { UNDO_MS, addEntry, hasSentSince, listEntries } from './entries.ts';
import { entryNoun } from './entry-noun.ts';
import { MAX_RETRY_DELAY_MS } from './retry-delay.ts';
import { sendWaiting } from './sender.ts';
import type { SentMessage } from './send-entry.ts';
import { requestSync } from './background-sync.ts';

/*
 * The state of the outbox in a page, and what triggers sending: a new entry, the start of the page, a
 * network or window that comes back, a response of the server, a timer. The service worker adds
 * Background Sync.
 */

/** How long an entry waits before it is shown. Most are sent sooner, and the page doesn't move. */
const SHOWN_AFTER_MS = 400;

let entries = $state.raw<Entry[]>([]);
/** The ids of entries that aren't shown yet. */
let recent = $state.raw<ReadonlySet<string>>(new Set());
let sent = $state<{ entryId: string; message: SentMessage }[]>([]);
let isSignedOut = $state(false);
let sentCount = 0;
/** Follows and unfollows that the page data doesn't have yet, by name, each with the `sentCount` it made. */
let confirmed = $state.raw<ReadonlyMap<string, { isFollow: boolean; count: number }>>(new Map());
/** How many of the sent entries the page data has. */
let loadedCount = 0;

let user: SignedIn | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
let run: Promise<void> | null = null;
let shouldRunAgain = false;

/** Returns the entries of all accounts that have waited long enough to be shown, in sending order. */
export function waitingEntries(): Entry[] {
	return entries.filter(({ id }) => !recent.has(id));
}

/** Returns the messages sent since this page was opened, newest first, at most one page of them. */
export function sentMessages(): SentMessage[] {
	return sent.map(({ message }) => message);
}

/** Returns whether the server reported that no one, or another account, is signed in. */
export function needsLogIn(): boolean {
	return isSignedOut;
}

/**
 * Returns whether this browser supports an outbox; it doesn't without HTTPS (except on localhost) or in some
 * private modes.
 */
export function canQueue(): boolean {
	return 'locks' in navigator && 'indexedDB' in globalThis;
}

/** Returns the follow state that the user last asked for (true: followed), or null if the page data is up to date. */
export function followIntent(owner: number, name: string): boolean | null {
	const intent = entries.findLast((entry) => entry.owner === owner && 'name' in entry && entry.name === name);
	return intent && intent.state !== 'failed' ? intent.kind === 'follow' : (confirmed.get(name)?.isFollow ?? null);
}

/** Returns whether the user has asked to delete a message, which is then hidden before the server knows. */
export function isBeingDeleted(id: number): boolean {
	return entries.some((entry) => entry.kind === 'delete' && entry.message === id && entry.state !== 'failed');
}

/** Adds an intent to the outbox and starts sending. Returns the entry, or null if the browser has no storage or space. */
export async function putIntoOutbox(person: SignedIn, intent: Intent, id?: string): Promise<Entry | null> {
	if (!canQueue()) return null;
	const entry = await addEntry(person, intent, id).catch(() => null);
	if (!entry) return null;
	void navigator.serviceWorker?.getRegistration().then((registration) => registration && requestSync(registration));
	sendNow();
	return entry;
}

/** Sends the waiting entries now, unless the server's `Retry-After` forbids it. */
export function sendNow(isUrgent = true): void {
	if (!user || !canQueue()) return;
	shouldRunAgain = run !== null;
	run ??= send(user.id, isUrgent).finally(() => {
		run = null;
		if (shouldRunAgain) sendNow();
	});
}

async function send(owner: number, isUrgent: boolean): Promise<void> {
	clearTimeout(timer);
	// Browser storage fails at times, so an unreadable outbox is read again later.
	const unreadable = () => ({ nextTryAt: Date.now() + MAX_RETRY_DELAY_MS, isSignedOut: false });
	const result = await sendWaiting(owner, isUrgent).catch(unreadable);
	isSignedOut = result.isSignedOut;
	// The service worker doesn't see responses to /outbox; from this one, page-cache.ts learns who is signed in.
	if (isSignedOut) void fetch('/public/__data.json', { headers: { [COPY_HEADER]: 'yes' } }).catch(() => undefined);
	if (result.nextTryAt !== null) {
		const wait = Math.min(Math.max(result.nextTryAt - Date.now(), 0), MAX_RETRY_DELAY_MS);
		timer = setTimeout(() => sendNow(false), wait);
	}
	const count = sentCount;
	// A hidden page is loaded again when it is shown.
	if (count === loadedCount || document.hidden || !(await reloadPage())) return;
	loadedCount = count;
	// Another tab or the service worker may have sent more meanwhile.
	confirmed = new Map([...confirmed].filter(([, follow]) => follow.count > count));
}

async function refresh(): Promise<void> {
	const known = new Set(entries.map(({ id }) => id));
	const listed = await listEntries().catch(() => []);
	// The list may have been read before the last response arrived.
	entries = listed.filter(({ id }) => !sent.some(({ entryId }) => entryId === id));
	for (const { id, kind } of entries) if (!known.has(id)) showLater(id, kind === 'delete' ? UNDO_MS : 0);
	const count = entries.length;
	if ('setAppBadge' in navigator)
		await (count ? navigator.setAppBadge(count) : navigator.clearAppBadge()).catch(() => undefined);
}

function showLater(id: string, delayMs: number): void {
	recent = new Set([...recent, id]);
	setTimeout(() => (recent = new Set([...recent].filter((other) => other !== id))), delayMs + SHOWN_AFTER_MS);
}

/** Returns the link or the button of the notice that confirms an entry. */
function furtherOf(entry: Entry, message: SentMessage | null): Omit<Notice, 'sentence'> {
	if (message?.text) return { path: messagePath(message) };
	if (entry.kind !== 'unfollow') return {};
	const { owner: id, ownerName, name } = entry;
	return { undo: { run: () => void putIntoOutbox({ id, name: ownerName }, { kind: 'follow', name }) } };
}

function handleBroadcast(event: BroadcastEvent): void {
	if (event.type === 'outbox') void refresh();
	if (event.type !== 'sent') return;
	entries = entries.filter(({ id }) => id !== event.entry.id);
	if (event.entry.owner !== user?.id) return;
	sentCount++;
	// A message that was deleted before this response has no text.
	if (event.message?.text) sent = [{ entryId: event.entry.id, message: event.message }, ...sent].slice(0, PAGE_SIZE);
	if ('name' in event.entry) {
		const follow = { isFollow: event.entry.kind === 'follow', count: sentCount };
		confirmed = new Map([...confirmed, [event.entry.name, follow]]);
	}
	// A notice has offered to undo the deletion already.
	if (event.entry.kind === 'delete') addRemoved([event.entry.message]);
	else showNotice(event.sentence, furtherOf(event.entry, event.message));
}

/** Sets who is signed in on this page and sends that account's entries. */
export function sendAs(person: SignedIn | null): void {
	user = person;
	isSignedOut = false;
	sendNow();
}

/**
 * Loads the page again if another tab or the service worker has sent something since it was requested: its data may be
 * older, and it did not listen yet.
 */
async function catchUp(): Promise<void> {
	if (await hasSentSince(Date.now() - performance.now()).catch(() => false)) await reloadPage();
}

function describeLoss(entries: Entry[]): string {
	const isOne = entries.length === 1;
	const what = `${entries.length} ${entryNoun(entries)} ${isOne ? "hasn't" : "haven't"}`;
	return `${what} been sent. Sign out and delete ${isOne ? 'it' : 'them'}?`;
}

/**
 * Asks the user to confirm a sign-out that deletes unsent entries. Returns the entries to delete, possibly
 * none, or null if the user cancels.
 */
export function confirmSignOut(): Entry[] | null {
	const own = entries.filter(({ owner }) => owner === user?.id);
	return own.length === 0 || confirm(describeLoss(own)) ? own : null;
}

/** Starts the triggers that send the outbox. Returns a function that stops them. */
export function startOutbox(): () => void {
	const stopListening = onBroadcast(handleBroadcast);
	const onOnline = () => sendNow();
	const onVisible = () => document.visibilityState === 'visible' && sendNow();
	window.addEventListener('online', onOnline);
	document.addEventListener('visibilitychange', onVisible);
	if (canQueue()) {
		void refresh();
		void catchUp();
	}
	return () => {
		stopListening();
		clearTimeout(timer);
		window.removeEventListener('online', onOnline);
		document.removeEventListener('visibilitychange', onVisible);
	};
}
