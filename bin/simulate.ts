import { writeFileSync } from 'node:fs';
import { readConfig } from '#lib/server/config.ts';
import { UsageError, runCommand } from './command-line.ts';
import { type Action, formatAction, readLog } from './simulator/actions.ts';
import type { Target } from './simulator/client.ts';
import { type Flags, USAGE, readFlags } from './simulator/simulate-flags.ts';
import { generateLog } from './simulator/generated-log.ts';
import { showProgress } from './simulator/progress-bar.ts';
import { replay } from './simulator/send-actions.ts';
import { Tally } from './simulator/simulation-tally.ts';
import { verify } from './simulator/verify.ts';

/* npm run simulate: replays a simulator log against a running API. Exit status 1 after any error or difference. */

const GENERATED_LOG_LENGTH = 1_000;
/** A comparison is not timed, so it allows more time than a replay. */
const VERIFY_TIMEOUT_MILLISECONDS = 10_000;
const MAX_DIFFERENCES_SHOWN = 20;

/** Returns the actions up to the last requested one. Only the replay applies the offset. */
function findActions({ scenario, offset, limit, seed, users }: Flags): Action[] {
	const end = limit === null ? undefined : offset + limit;
	if (scenario === null) return generateLog(seed, end ?? GENERATED_LOG_LENGTH, users);
	return readLog(scenario).slice(0, end);
}

function findTarget({ url, timeoutMilliseconds }: Flags): Target {
	// The client needs no database; the other keys are shared with the servers.
	const config = readConfig({ DATABASE_URL: 'postgres://none', ...process.env });
	return {
		url: url ?? new URL(`http://127.0.0.1:${config.API_PORT}`),
		username: config.SIMULATOR_USERNAME,
		password: config.SIMULATOR_PASSWORD,
		timeoutMilliseconds
	};
}

function writeLog(file: string, actions: Action[]): boolean {
	try {
		writeFileSync(file, actions.map((action) => `${formatAction(action)}\n`).join(''));
	} catch (error) {
		throw new UsageError(`${file} cannot be written: ${(error as Error).message}`);
	}
	console.log(`Wrote ${actions.length} actions to ${file}`);
	return true;
}

async function runReplay(target: Target, actions: Action[], { parallel, speed }: Flags): Promise<boolean> {
	const tally = new Tally();
	const interruption = new AbortController();
	process.once('SIGINT', () => interruption.abort());
	const start = performance.now();
	const progress = showProgress(actions.length, () => tally);
	await replay(target, actions, {
		parallel,
		speed,
		signal: interruption.signal,
		onReply: (action, reply, milliseconds) => tally.add(action, reply, milliseconds)
	});
	progress.stop();
	console.log(tally.report((performance.now() - start) / 1_000).join('\n'));
	return tally.errors === 0 && tally.done === actions.length;
}

async function runVerify(target: Target, actions: Action[], { parallel }: Flags): Promise<boolean> {
	const count = { done: 0, errors: 0 };
	const people = new Set(actions.filter(({ command }) => command === 'register').map(({ user }) => user)).size;
	const progress = showProgress(people, () => count);
	const slowTarget = { ...target, timeoutMilliseconds: VERIFY_TIMEOUT_MILLISECONDS };
	const differences = await verify(slowTarget, actions, parallel, (found) => {
		count.done++;
		count.errors += found.length;
	});
	progress.stop();
	for (const difference of differences.slice(0, MAX_DIFFERENCES_SHOWN)) console.log(difference);
	if (differences.length > MAX_DIFFERENCES_SHOWN) console.log('…');
	console.log(`Compared ${people} users after ${actions.length} actions: ${differences.length} differences`);
	return differences.length === 0;
}

await runCommand(USAGE, async (args) => {
	const flags = readFlags(args);
	const actions = findActions(flags);
	if (flags.write !== null) return writeLog(flags.write, actions);
	const target = findTarget(flags);
	if (flags.verify) return runVerify(target, actions, flags);
	return runReplay(target, actions.slice(flags.offset), flags);
});
