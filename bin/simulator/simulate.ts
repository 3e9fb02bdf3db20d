import { writeFileSync } from 'node:fs';
import { EXIT, type Result } from '../program/define-command.ts';
import { UsageError } from '../program/option-values.ts';
import { readClientConfig } from '../program/site.ts';
import { type Action, formatAction, readLog } from './actions.ts';
import type { Target } from './client.ts';
import { generateLog } from './generated-log.ts';
import { showProgress } from '../progress-bar.ts';
import { replay } from './send-actions.ts';
import { Tally } from './simulation-tally.ts';
import { reportVerdict } from './verification-report.ts';
import { verify } from './verify.ts';

/** What to simulate. */
export interface Simulation {
	/** Missing for the API's address in the configuration. */
	url?: URL;
	/** A log; missing for a generated one. */
	scenario?: string;
	/** The number of actions to replay, and to skip before the first. */
	limit?: number;
	offset: number;
	/** The number of concurrent clients. */
	parallel: number;
	/** A factor of the original speed; `Infinity` for no pauses. */
	speed: number;
	/** The time-out of a request, in milliseconds. */
	timeout: number;
	seed: number;
	/** The number of users in a generated log. */
	users?: number;
	/** Write the log to this file and send nothing. */
	write?: string;
	verify: boolean;
}

const GENERATED_LOG_LENGTH = 1_000;
/** A comparison is not timed, so it allows more time than a replay. */
const VERIFY_TIMEOUT_MILLISECONDS = 10_000;

/** Returns the actions up to the last requested one. Only the replay applies the offset. */
function findActions({ scenario, offset, limit, seed, users }: Simulation): Action[] {
	const end = limit === undefined ? undefined : offset + limit;
	if (scenario === undefined) return generateLog(seed, end ?? GENERATED_LOG_LENGTH, users ?? null);
	return readLog(scenario).slice(0, end);
}

function findTarget({ url, timeout }: Simulation): Target {
	const config = readClientConfig();
	return {
		url: url ?? new URL(`http://127.0.0.1:${config.API_PORT}`),
		username: config.SIMULATOR_USERNAME,
		password: config.SIMULATOR_PASSWORD,
		timeoutMilliseconds: timeout
	};
}

function writeLog(file: string, actions: Action[]): Result {
	try {
		writeFileSync(file, actions.map((action) => `${formatAction(action)}\n`).join(''));
	} catch (error) {
		throw new UsageError(`${file} cannot be written: ${(error as Error).message}`);
	}
	return { lines: [`Wrote ${actions.length} actions to ${file}`], json: { file, actions: actions.length } };
}

async function runReplay(target: Target, actions: Action[], { parallel, speed }: Simulation): Promise<Result> {
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
	const seconds = (performance.now() - start) / 1_000;
	const isComplete = tally.errors === 0 && tally.done === actions.length;
	return { lines: tally.report(seconds), json: tally.toJSON(seconds), status: isComplete ? EXIT.done : EXIT.failed };
}

async function runVerify(target: Target, actions: Action[], { parallel }: Simulation): Promise<Result> {
	const count = { done: 0, errors: 0 };
	const people = new Set(actions.filter(({ command }) => command === 'register').map(({ user }) => user)).size;
	const progress = showProgress(people, () => count);
	const slowTarget = { ...target, timeoutMilliseconds: VERIFY_TIMEOUT_MILLISECONDS };
	const verdict = await verify(slowTarget, actions, parallel, (differences) => {
		count.done++;
		count.errors += differences;
	});
	progress.stop();
	const { absent, differences } = verdict;
	return {
		lines: reportVerdict(verdict, count.done, actions.length),
		json: { users: count.done, actions: actions.length, absent, differences },
		status: absent.length + differences.length === 0 ? EXIT.done : EXIT.failed
	};
}

/** Replays a simulator log against a running API, or compares the API's state with the log. */
export async function simulate(simulation: Simulation): Promise<Result> {
	const actions = findActions(simulation);
	if (simulation.write !== undefined) return writeLog(simulation.write, actions);
	const target = findTarget(simulation);
	if (simulation.verify) return runVerify(target, actions, simulation);
	return runReplay(target, actions.slice(simulation.offset), simulation);
}
