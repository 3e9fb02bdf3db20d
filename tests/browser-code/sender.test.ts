import fc from 'fast-check';
import { beforeEach, expect, test, vi } from 'vitest';
import { type Entry, withDatabase } from '#lib/outbox/indexed-db.ts';
import { UNDO_MS, addEntry, discardEntry, listEntries, restoreEntry, retryEntry } from '#lib/outbox/entries.ts';
import { sendWaiting } from '#lib/outbox/sender.ts';
import type { Outcome } from '#lib/outbox/send-entry.ts';
import { killConnections } from './stale-connections.ts';

/*
 * The outbox as a state machine: in whatever order entries are written, sent, lost, killed, refused, retried
 * and discarded, the server ends up with each intent once, in order, under its owner.
 */

const FATES = [
	'sent',
	'lost',
	'offline',
	'asked to wait',
	'refused',
	'signed out',
	'killed before',
	'killed after',
	'sent over a dead connection'
] as const;

/**
 * What happens to one attempt. `lost` and `killed after` arrive at the server; during the last one the
 * connection to IndexedDB dies.
 */
type Fate = (typeof FATES)[number];

type Step =
	| { do: 'write'; owner: number }
	/** Another tab submits the same draft, with the same text or another. */
	| { do: 'write again'; isSame: boolean }
	| { do: 'follow' | 'unfollow'; owner: number; name: string }
	| { do: 'delete'; owner: number; message: number }
	| { do: 'run'; owner: number; isUrgent: boolean; fates: Fate[] }
	| { do: 'clock'; ms: number }
	/** `undo` takes back a deletion that waits, `discard and restore` discards any entry and undoes that. */
	| { do: 'retry' | 'discard' | 'undo' | 'discard and restore'; owner: number }
	| { do: 'kill connections' };

const PEOPLE = [1, 2];
const DAY_MS = 86_400_000;
const owner = fc.constantFrom(...PEOPLE);
const fate = fc.constantFrom<Fate[]>(...FATES);
const step: fc.Arbitrary<Step> = fc.oneof(
	{ weight: 4, arbitrary: fc.record({ do: fc.constant('write' as const), owner }) },
	fc.record({ do: fc.constant('write again' as const), isSame: fc.boolean() }),
	{
		weight: 3,
		arbitrary: fc.record({
			do: fc.constantFrom('follow' as const, 'unfollow' as const),
			owner,
			name: fc.constantFrom('bob', 'carol')
		})
	},
	{
		weight: 6,
		arbitrary: fc.record({
			do: fc.constant('run' as const),
			owner,
			isUrgent: fc.boolean(),
			fates: fc.array(fate, { maxLength: 6 })
		})
	},
	fc.record({ do: fc.constant('clock' as const), ms: fc.constantFrom(500, 60_000, DAY_MS, -DAY_MS) }),
	fc.record({ do: fc.constant('delete' as const), owner, message: fc.constantFrom(1, 2) }),
	fc.record({ do: fc.constantFrom('retry' as const, 'discard' as const), owner }),
	fc.record({ do: fc.constantFrom('undo' as const, 'discard and restore' as const), owner }),
	fc.constant({ do: 'kill connections' as const })
);

/** A server that stores each id of an author once, and the expected final state. */
class World {
	now = 1_000 * DAY_MS;
	readonly messages = new Map<number, { id: string; text: string }[]>(PEOPLE.map((id) => [id, []]));
	readonly followed = new Map<string, boolean>();
	/** The texts written and not discarded, by owner, in writing order. */
	readonly intended = new Map<number, string[]>(PEOPLE.map((id) => [id, []]));
	readonly intendedFollows = new Map<string, boolean>();
	readonly deleted = new Set<string>();
	/** Whether a message is to be deleted; missing if the deletion was undone after the server had it. */
	readonly intendedDeletions = new Map<string, boolean>();
	/** Texts that were refused once and therefore arrive after the rest. */
	readonly late = new Set<string>();
	last: { owner: number; id: string; text: string } | null = null;
	#count = 0;

	newText(): string {
		return `text ${this.#count++}`;
	}

	take(entry: Entry): void {
		if (entry.kind === 'delete') {
			const leftMs = (entry.heldUntil ?? 0) - this.now;
			// Unless the clock has been set back.
			expect(leftMs <= 0 || leftMs > UNDO_MS).toBe(true);
			this.deleted.add(`${entry.owner} ${entry.message}`);
			return;
		}
		if (entry.kind !== 'message') {
			this.followed.set(`${entry.owner} ${entry.name}`, entry.kind === 'follow');
			return;
		}
		const messages = this.messages.get(entry.owner) ?? [];
		const known = messages.find(({ id }) => id === entry.id);
		if (known) expect(known.text).toBe(entry.text);
		else messages.push({ id: entry.id, text: entry.text });
	}

	#has({ owner: person, id: sought }: Entry): boolean {
		return this.messages.get(person)?.some(({ id }) => id === sought) ?? false;
	}

	async run(person: number, isUrgent: boolean, fates: Fate[]): Promise<void> {
		const left = [...fates];
		const send = (entry: Entry): Promise<Outcome> => {
			expect(entry.owner).toBe(person);
			const fate = left.shift() ?? 'offline';
			// The server does not refuse an entry that it already has.
			const what = fate === 'refused' && this.#has(entry) ? 'sent' : fate;
			if (what.startsWith('sent') || ['lost', 'killed after'].includes(what)) this.take(entry);
			if (what === 'sent over a dead connection') killConnections();
			if (what.startsWith('killed')) return Promise.reject(new Error('killed'));
			if (what === 'refused' && entry.kind === 'message') this.late.add(entry.text);
			return Promise.resolve(outcomeOf(what));
		};
		await sendWaiting(person, isUrgent, { send, now: () => this.now, random: () => 0.5 }).catch((error: Error) =>
			expect(error.message).toBe('killed')
		);
	}
}

function outcomeOf(fate: Fate): Outcome {
	const sentence = fate;
	if (fate.startsWith('sent')) return { kind: 'sent', message: null, sentence };
	if (fate === 'refused') return { kind: 'refused', sentence };
	if (fate === 'signed out') return { kind: 'signed-out', sentence };
	return { kind: 'later', sentence, retryAfterMs: fate === 'asked to wait' ? 5_000 : null };
}

async function write(world: World, person: number, text: string, id: string): Promise<void> {
	const { id: given } = await addEntry({ id: person, name: `person ${person}` }, { kind: 'message', text }, id);
	world.intended.get(person)?.push(text);
	world.last = { owner: person, id: given, text };
}

async function take(world: World, taken: Step): Promise<void> {
	if (taken.do === 'write') await write(world, taken.owner, world.newText(), crypto.randomUUID());
	else if (taken.do === 'write again') await writeAgain(world, taken.isSame);
	else if (taken.do === 'run') await world.run(taken.owner, taken.isUrgent, taken.fates);
	else if (taken.do === 'clock') world.now += taken.ms;
	else if (taken.do === 'kill connections') killConnections();
	else if (taken.do === 'follow' || taken.do === 'unfollow') {
		await addEntry({ id: taken.owner, name: 'x' }, { kind: taken.do, name: taken.name });
		world.intendedFollows.set(`${taken.owner} ${taken.name}`, taken.do === 'follow');
	} else if (taken.do === 'delete') {
		await addEntry({ id: taken.owner, name: 'x' }, { kind: 'delete', message: taken.message, text: 'x' });
		world.intendedDeletions.set(`${taken.owner} ${taken.message}`, true);
	} else if (taken.do === 'undo') {
		const entry = (await listEntries(taken.owner)).find(({ kind }) => kind === 'delete');
		if (entry?.kind !== 'delete' || !(await discardEntry(entry))) return;
		const key = `${taken.owner} ${entry.message}`;
		if (world.deleted.has(key)) world.intendedDeletions.delete(key);
		else world.intendedDeletions.set(key, false);
	} else if (taken.do === 'discard and restore') {
		const [entry] = await listEntries(taken.owner);
		if (entry && (await discardEntry(entry))) await restoreEntry(entry);
	} else {
		const failed = (await listEntries(taken.owner)).find(({ state }) => state === 'failed');
		if (!failed) return;
		if (taken.do === 'retry') return retryEntry(failed);
		expect(await discardEntry(failed)).toBe(true);
		if (failed.kind === 'message') {
			const texts = world.intended.get(taken.owner) ?? [];
			texts.splice(texts.indexOf(failed.text), 1);
		} else if (failed.kind === 'delete') world.intendedDeletions.delete(`${failed.owner} ${failed.message}`);
		else if (!(await listEntries(taken.owner)).some((entry) => hasSameTarget(entry, failed)))
			world.intendedFollows.delete(`${taken.owner} ${failed.name}`);
	}
}

function hasSameTarget(entry: Entry, { name }: Entry & { kind: 'follow' | 'unfollow' }): boolean {
	return 'name' in entry && entry.name === name;
}

async function writeAgain(world: World, isSame: boolean): Promise<void> {
	const { last } = world;
	if (!last || !(await listEntries()).some(({ id }) => id === last.id)) return;
	const person = { id: last.owner, name: 'x' };
	if (isSame) await addEntry(person, { kind: 'message', text: last.text }, last.id);
	else await write(world, last.owner, world.newText(), last.id);
}

/** Restores the network and retries all failed entries. */
async function finish(world: World): Promise<void> {
	for (const person of PEOPLE) {
		for (const entry of await listEntries(person)) if (entry.state === 'failed') await retryEntry(entry);
		world.now += 1_000 * DAY_MS;
		await world.run(person, true, Array<Fate>(100).fill('sent'));
	}
}

/** Too rare to be generated: the older of two intents for one user is refused after the newer one is created. */
const followedWhileKilled: Step[] = [
	{ do: 'follow', owner: 1, name: 'bob' },
	{ do: 'run', owner: 1, isUrgent: true, fates: ['killed before'] },
	{ do: 'unfollow', owner: 1, name: 'bob' },
	{ do: 'run', owner: 1, isUrgent: true, fates: ['refused', 'sent'] }
];

const clear = () => withDatabase((database) => database.clear('outbox'));

beforeEach(clear);

// A thousand runs take seconds on an idle machine and much longer on a busy one.
test('each intent arrives once, in order, under its owner, despite all faults', { timeout: 120_000 }, async () => {
	await fc.assert(
		fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
			await clear();
			const world = new World();
			vi.spyOn(Date, 'now').mockImplementation(() => world.now);
			for (const taken of steps) await take(world, taken);
			await finish(world);
			expect(await listEntries()).toEqual([]);
			for (const person of PEOPLE) {
				const arrived = world.messages.get(person)?.map(({ text }) => text) ?? [];
				const intended = world.intended.get(person) ?? [];
				expect(arrived.toSorted()).toEqual(intended.toSorted());
				const inTime = (text: string) => !world.late.has(text);
				expect(arrived.filter(inTime)).toEqual(intended.filter(inTime));
			}
			for (const [key, isIntended] of world.intendedDeletions) expect(world.deleted.has(key), key).toBe(isIntended);
			for (const [pair, isIntended] of world.intendedFollows) expect(world.followed.get(pair), pair).toBe(isIntended);
		}),
		{ numRuns: 1000, examples: [[followedWhileKilled]] }
	);
});

const astrid = { id: 1, name: 'astrid' };
const later = { kind: 'later', sentence: "can't reach MiniTwit", retryAfterMs: null } as const;

test('a deletion waits while it can be undone, and holds up nothing', async () => {
	const arrived: string[] = [];
	const send = ({ id }: Entry): Promise<Outcome> => {
		arrived.push(id);
		return Promise.resolve({ kind: 'sent', message: null, sentence: '' });
	};
	let now = Date.now();
	const ports = { send, now: () => now, random: () => 0 };
	vi.spyOn(Date, 'now').mockImplementation(() => now);
	const deletion = await addEntry(astrid, { kind: 'delete', message: 7, text: 'first' });
	const message = await addEntry(astrid, { kind: 'message', text: 'second' });
	expect(await sendWaiting(astrid.id, true, ports)).toMatchObject({ nextTryAt: now + UNDO_MS });
	expect(arrived).toEqual([message.id]);
	now += UNDO_MS;
	expect(await sendWaiting(astrid.id, false, ports)).toMatchObject({ nextTryAt: null });
	expect(arrived).toEqual([message.id, deletion.id]);
});

test('an entry that is taken back just before it is sent is not sent', async () => {
	const entry = await addEntry(astrid, { kind: 'message', text: 'second thoughts' });
	let isDiscarded: Promise<boolean> | undefined;
	// The sender asks for the time once it has read the entries.
	const now = () => {
		isDiscarded ??= discardEntry(entry);
		return Date.now();
	};
	const send = vi.fn(() => Promise.resolve(later));
	await sendWaiting(astrid.id, true, { send, now, random: () => 0 });
	expect(await isDiscarded).toBe(true);
	expect(send).not.toHaveBeenCalled();
});

test('a waiting entry survives a dead connection and is sent before later entries', async () => {
	const arrived: string[] = [];
	const send = (entry: Entry): Promise<Outcome> => {
		killConnections();
		arrived.push(entry.id);
		return Promise.resolve({ kind: 'sent', message: null, sentence: '' });
	};
	const ports = { send, now: () => 0, random: () => 0 };
	const first = await addEntry(astrid, { kind: 'message', text: 'first' });
	await sendWaiting(astrid.id, true, { ...ports, send: () => Promise.resolve(later) });
	killConnections();
	const second = await addEntry(astrid, { kind: 'message', text: 'second' });
	await sendWaiting(astrid.id, true, ports);
	expect(arrived).toEqual([first.id, second.id]);
	expect(await listEntries()).toEqual([]);
});

test('concurrent operations share one new connection', async () => {
	killConnections();
	const texts = Array.from({ length: 10 }, (_, number) => `number ${number}`);
	await Promise.all(texts.map((text) => addEntry(astrid, { kind: 'message', text })));
	expect((await listEntries()).map((entry) => entry.kind === 'message' && entry.text)).toEqual(texts);
	expect(killConnections()).toBe(1);
});
