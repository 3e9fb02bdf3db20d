import type { Action } from '../../bin/simulator/actions.ts';
import { generateLog } from '../../bin/simulator/generated-log.ts';
import { replay } from '../../bin/simulator/send-actions.ts';
import { Tally } from '../../bin/simulator/simulation-tally.ts';

const ACTIONS = 3_000;
const CLIENTS = 8;
/** The course's simulator counts a slower reply as an error. */
const TIMEOUT_MS = 300;

/** Sends actions like the course's simulator and prints their times. Resolves to the number of errors. */
export async function sendAll(origin: string, actions: Action[], timeoutMilliseconds: number): Promise<number> {
	const tally = new Tally();
	const target = { url: new URL(origin), username: 'simulator', password: 'super_safe!', timeoutMilliseconds };
	const began = performance.now();
	await replay(target, actions, {
		parallel: CLIENTS,
		speed: Infinity,
		onReply: (action, reply, milliseconds) => tally.add(action, reply, milliseconds)
	});
	console.log(tally.report((performance.now() - began) / 1_000).join('\n'));
	return tally.errors;
}

/** Replays a simulator log with several clients and prints its times. Resolves to the number of errors. */
export async function measureSimulator(origin: string): Promise<number> {
	console.log(`\nA simulator log of ${ACTIONS} actions, ${CLIENTS} clients, every password hashed with Argon2id:`);
	return sendAll(origin, generateLog(1, ACTIONS, null), TIMEOUT_MS);
}
