import { setTimeout as sleep } from 'node:timers/promises';
import type { Action } from './actions.ts';
import { type Reply, type Target, sendAction } from './client.ts';

export interface ReplayOptions {
	/** The number of concurrent clients. */
	parallel: number;
	/** A factor of the original speed; `Infinity` for no pauses. */
	speed: number;
	/** Ends the replay after the actions in progress. */
	signal?: AbortSignal;
	/** Called after every action. */
	onReply: (action: Action, reply: Reply, milliseconds: number) => void;
}

/** The original client's pause after an action, per unit of the log's delay. */
const MILLISECONDS_PER_DELAY = 1_000 / 100_000_000;

/**
 * Sends the actions of a log. Each client takes the next line, waits for the lines on which it depends, sends it and
 * pauses. A line depends only on earlier lines, which other clients have already taken, so no client waits forever.
 */
export async function replay(target: Target, actions: Action[], options: ReplayOptions): Promise<void> {
	const awaitTurn = makeTurns();
	const rest = actions.values();
	const runClient = async () => {
		for (const action of rest) {
			if (options.signal?.aborted) return;
			const finish = await awaitTurn(action);
			const start = performance.now();
			const reply = await sendAction(target, action);
			finish();
			options.onReply(action, reply, performance.now() - start);
			if (options.speed < Infinity)
				await pause((action.delay * MILLISECONDS_PER_DELAY) / options.speed, options.signal);
		}
	};
	await Promise.all(Array.from({ length: options.parallel }, runClient));
}

/**
 * Returns a function that waits until an action may be sent: after the same user's previous action, and after
 * the registration of the user whom it names. It resolves to the function to call when the action is done.
 */
function makeTurns(): (action: Action) => Promise<() => void> {
	const lastOf = new Map<string, Promise<null>>();
	const registrationOf = new Map<string, Promise<null>>();
	return async (action) => {
		const earlier = [lastOf.get(action.user), 'other' in action ? registrationOf.get(action.other) : undefined];
		const { promise, resolve } = Promise.withResolvers<null>();
		lastOf.set(action.user, promise);
		if (action.command === 'register') registrationOf.set(action.user, promise);
		await Promise.all(earlier);
		return () => resolve(null);
	};
}

async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
	await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}
