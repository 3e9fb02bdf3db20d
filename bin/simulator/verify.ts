import pLimit from 'p-limit';
import type { Action } from './actions.ts';
import { type Reply, type Target, read, userPath } from './client.ts';
import { type ExpectedPerson, expectedState } from './expected-state.ts';

/** The maximum number of items that one request lists. */
const MAX_LISTED = 1_000;
/** The number of actions that other clients may finish during one action. */
const ACTIONS_MEANWHILE = 50;
/** How many messages of an absent user are kept. */
const MAX_FIRST_MESSAGES = 3;

/** A user whom the log registers and the server does not know, with what it should know about them. */
export interface Absence {
	name: string;
	/** The number of the action that registered them. */
	since: number;
	messages: number;
	firstMessages: string[];
	follows: number;
	followers: number;
}

/** How a server's state differs from the expected one. */
export interface Verdict {
	/** In the order of the log. */
	absent: Absence[];
	/** All other differences, as sentences. That nobody follows an absent user is none. */
	differences: string[];
}

/**
 * Compares a server's state with the state expected after a log, without changing anything. `parallel` is the number of
 * clients that replayed the log: with several, the number received last may be any of the last ones. `onPerson` gets the
 * number of differences in what a user wrote, or 1 for an absent user.
 */
export async function verify(
	target: Target,
	actions: Action[],
	parallel: number,
	onPerson: (differences: number) => void = () => undefined
): Promise<Verdict> {
	const people = [...expectedState(actions, target.username)];
	const differences = await compareLatest(target, actions, parallel);
	const answers = await pLimit(parallel).map(people, async ([name, person]) => {
		const answer = await readPerson(target, name, person);
		onPerson(answer ? answer.differences.length : 1);
		return answer;
	});
	const absent = new Map(people.filter((_, index) => answers[index] === null));
	for (const [index, [name, person]] of people.entries()) {
		const answer = answers[index];
		if (answer) differences.push(...answer.differences, ...compareFollows(name, person, absent, answer.follows));
	}
	return { absent: describeAbsent(absent, people), differences };
}

function describeAbsent(absent: Map<string, ExpectedPerson>, people: [string, ExpectedPerson][]): Absence[] {
	const followed = people.flatMap(([, { follows }]) => [...follows].filter((name) => absent.has(name)));
	const followers = Map.groupBy(followed, (name) => name);
	return [...absent].map(([name, { since, messages, follows }]) => ({
		name,
		since,
		messages: messages.length,
		firstMessages: messages.slice(0, MAX_FIRST_MESSAGES),
		follows: follows.size,
		followers: followers.get(name)?.length ?? 0
	}));
}

async function compareLatest(target: Target, actions: Action[], parallel: number): Promise<string[]> {
	const numbers = actions.slice(parallel === 1 ? -1 : -parallel * ACTIONS_MEANWHILE).map(({ number }) => number);
	const answer = await readJson<{ latest: number }>(target, '/latest');
	if (typeof answer === 'string') return [answer];
	if (numbers.length === 0 || numbers.includes(answer.latest)) return [];
	const expected = parallel === 1 ? `is not ${numbers[0]}` : `is none of the last ${numbers.length} numbers`;
	return [`The latest number ${answer.latest} ${expected}`];
}

/** What the server says about a user. */
interface Answer {
	/** Differences of their messages. */
	differences: string[];
	/** Whom they follow, or an error message. */
	follows: { follows: string[] } | string;
}

/** Resolves to null if the server does not know the user. */
async function readPerson(target: Target, name: string, person: ExpectedPerson): Promise<Answer | null> {
	const path = `${userPath('msgs', name)}?no=${MAX_LISTED}`;
	const reply = await read(target, path);
	if ('status' in reply && reply.status === 404) return null;
	return {
		differences: compareMessages(name, person, parseReply(path, reply)),
		follows: await readJson(target, `${userPath('fllws', name)}?no=${MAX_LISTED}`)
	};
}

function compareMessages(
	name: string,
	{ messages }: ExpectedPerson,
	answer: { content: string; user: string }[] | string
): string[] {
	if (typeof answer === 'string') return [answer];
	const found = answer.map(({ content }) => content).reverse();
	const expected = messages.slice(-MAX_LISTED);
	const who = JSON.stringify(name);
	const differences: string[] = [];
	if (found.length !== expected.length) {
		differences.push(`${who} has ${found.length} messages, not ${expected.length}`);
	} else {
		const index = found.findIndex((text, position) => text !== expected[position]);
		const [was, should] = [found[index], expected[index]].map((text) => JSON.stringify(text));
		if (index >= 0) differences.push(`Message ${index + 1} of ${who} is ${was}, not ${should}`);
	}
	const stranger = answer.find(({ user }) => user !== name);
	if (stranger) differences.push(`A message of ${JSON.stringify(stranger.user)} is listed as one of ${who}`);
	return differences;
}

function compareFollows(
	name: string,
	{ follows }: ExpectedPerson,
	absent: Map<string, ExpectedPerson>,
	answer: Answer['follows']
): string[] {
	if (typeof answer === 'string') return [answer];
	const found = new Set(answer.follows);
	const expected = new Set([...follows].filter((other) => !absent.has(other)).slice(-MAX_LISTED));
	const who = JSON.stringify(name);
	const list = (names: Set<string>) => [...names].map((other) => JSON.stringify(other)).join(', ');
	const [missing, extra] = [expected.difference(found), found.difference(expected)];
	const differences: string[] = [];
	if (missing.size > 0) differences.push(`${who} does not follow ${list(missing)}`);
	if (extra.size > 0) differences.push(`${who} follows ${list(extra)} too`);
	if (answer.follows.length !== found.size) differences.push(`${who} follows somebody twice`);
	return differences;
}

/**
 * Resolves to the parsed response, or to an error message. The response is assumed to follow the protocol; any
 * other form throws.
 */
async function readJson<T extends object>(target: Target, path: string): Promise<T | string> {
	return parseReply(path, await read(target, path));
}

function parseReply<T extends object>(path: string, reply: Reply): T | string {
	if ('failure' in reply) return `GET ${path}: ${reply.failure} (${reply.detail})`;
	if (reply.status !== 200) return `GET ${path}: status ${reply.status}`;
	try {
		return JSON.parse(reply.body) as T;
	} catch {
		return `GET ${path}: the response is not JSON`;
	}
}
