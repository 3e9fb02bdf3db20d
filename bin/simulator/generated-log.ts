import type { Action, Operation } from './actions.ts';
import { FIRST_NAMES, LAST_NAMES, WORDS } from './word-lists.ts';

/*
 * Generates logs with the mix of a recorded one: users arrive one after the other, a few of them write most
 * messages, and follows are seldom removed. The same seed gives the same log.
 */

const START = Date.UTC(2020, 1, 21);
const ACTIONS_PER_USER = 40;
const MEAN_DELAY_MILLISECONDS = 10_000_000;
/** Nine times the longest word fits into a message. */
const MAX_WORDS = 9;
/** Shares of the actions other than registrations. */
const FOLLOW_SHARE = 0.26;
const UNFOLLOW_SHARE = 0.04;

/** Returns a generator of pseudorandom numbers in [0, 1) (mulberry32 by Tommy Ettinger, public domain). */
function makeRandom(seed: number): () => number {
	let state = seed | 0;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
}

/**
 * Returns a log of `count` actions in which `users` users arrive evenly; null for one per `ACTIONS_PER_USER` actions.
 */
export function generateLog(seed: number, count: number, users: number | null): Action[] {
	const generator = new LogGenerator(seed);
	const distance = Math.max(1, users === null ? ACTIONS_PER_USER : count / users);
	const actions: Action[] = [];
	let timestamp = START;
	for (let number = 0; number < count; number++) {
		const arrives = generator.names.length < Math.ceil((number + 1) / distance);
		const { user, ...operation } = arrives ? generator.register() : generator.act();
		const delay = number === 0 ? 0 : generator.delay();
		timestamp += delay;
		actions.push({ number, delay, timestamp, user, ...operation });
	}
	return actions;
}

class LogGenerator {
	readonly names: string[] = [];
	readonly #follows: [string, string][] = [];
	readonly #seed: number;
	readonly #random: () => number;

	constructor(seed: number) {
		this.#seed = seed;
		this.#random = makeRandom(seed);
	}

	register(): Operation & { user: string } {
		// The name contains the seed, so that logs of several seeds fit into one database.
		const tag = `${this.#seed}.${this.names.length + 1}`;
		const user = `${this.#pick(FIRST_NAMES)} ${this.#pick(LAST_NAMES)} ${tag}`;
		this.names.push(user);
		const password = `${this.#pick(WORDS)}+${this.#below(1_000_000).toString(36)}%`;
		return { user, command: 'register', email: `person.${tag}@example.org`, password };
	}

	act(): Operation & { user: string } {
		const user = this.#pickPerson();
		const kind = this.#random();
		const other = this.#pickPerson();
		if (kind < UNFOLLOW_SHARE && this.#follows.length > 0) return this.#unfollow();
		if (kind < UNFOLLOW_SHARE + FOLLOW_SHARE && other !== user) {
			this.#follows.push([user, other]);
			return { user, command: 'follow', other };
		}
		const words = Array.from({ length: 1 + this.#below(MAX_WORDS) }, () => this.#pick(WORDS));
		return { user, command: 'tweet', text: words.join(' ') };
	}

	delay(): number {
		return Math.round(-Math.log(1 - this.#random()) * MEAN_DELAY_MILLISECONDS);
	}

	#unfollow(): Operation & { user: string } {
		const [[user, other] = ['', '']] = this.#follows.splice(this.#below(this.#follows.length), 1);
		return { user, command: 'unfollow', other };
	}

	/** Squaring a uniform number favours users who came first. */
	#pickPerson(): string {
		return this.names[Math.floor(this.#random() ** 2 * this.names.length)] as string;
	}

	#below(limit: number): number {
		return Math.floor(this.#random() * limit);
	}

	#pick(list: readonly string[]): string {
		return list[this.#below(list.length)] as string;
	}
}
