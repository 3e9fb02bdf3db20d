import { writeFileSync } from 'node:fs';
import { readConfig } from '#lib/server/config.ts';
import { UsageError, runCommand } from './command-line.ts';
import { type Action, formatAction, readLog } from './simulator/actions.ts';
import type { Target } from './simulator/client.ts';
import { type Flags, USAGE, readFlags } from './simulator/flags.ts';
import { inventLog } from './simulator/invented-log.ts';
import { showProgress } from './simulator/progress.ts';
import { replay } from './simulator/replay.ts';
import { Tally } from './simulator/tally.ts';
import { verify } from './simulator/verify.ts';

/* npm run simulate: replays a simulator's log against a running API. Exit status 1 after any error or difference. */

const OWN_LOG_LENGTH = 1_000;
/** A comparison is not measured, so it waits longer than a replay. */
const VERIFY_TIMEOUT_MILLISECONDS = 10_000;
const MOST_DIFFERENCES_SHOWN = 20;

/** The actions up to the last one asked for; the offset is left out by the replay alone. */
function findActions({ scenario, offset, limit, seed, users }: Flags): Action[] {
	const end = limit === null ? undefined : offset + limit;
	if (scenario === null) return inventLog(seed, end ?? OWN_LOG_LENGTH, users);
	return readLog(scenario).slice(0, end);
}

function findTarget({ url, timeoutMilliseconds }: Flags): Target {
	// A client needs no database; the rest of the configuration is the server's own.
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
	console.log(`${actions.length} actions were written to ${file}`);
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
	const patient = { ...target, timeoutMilliseconds: VERIFY_TIMEOUT_MILLISECONDS };
	const differences = await verify(patient, actions, parallel, (found) => {
		count.done++;
		count.errors += found.length;
	});
	progress.stop();
	for (const difference of differences.slice(0, MOST_DIFFERENCES_SHOWN)) console.log(difference);
	if (differences.length > MOST_DIFFERENCES_SHOWN) console.log('…');
	console.log(`${people} people after ${actions.length} actions compared, ${differences.length} differences`);
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
