import pLimit from 'p-limit';
import type { Action } from './actions.ts';
import { type Target, read, userPath } from './client.ts';
import { type ExpectedPerson, expectedState } from './expected-state.ts';

/** The maximum number of items that one request lists. */
const MAX_LISTED = 1_000;
/** The number of actions that other clients may finish during one action. */
const ACTIONS_MEANWHILE = 50;

/**
 * Compares a server's state with the state expected after a log, without changing anything. Resolves to the
 * differences as sentences. `parallel` is the number of clients that replayed the log: with several, the number
 * received last may be any of the last ones.
 */
export async function verify(
	target: Target,
	actions: Action[],
	parallel: number,
	onPerson: (differences: string[]) => void = () => undefined
): Promise<string[]> {
	const inTurn = pLimit(parallel);
	const comparePerson = async (name: string, person: ExpectedPerson) => {
		const differences = [
			...(await compareMessages(target, name, person)),
			...(await compareFollows(target, name, person))
		];
		onPerson(differences);
		return differences;
	};
	const people = [...expectedState(actions)].map(([name, person]) => inTurn(comparePerson, name, person));
	return [...(await compareLatest(target, actions, parallel)), ...(await Promise.all(people)).flat()];
}

async function compareLatest(target: Target, actions: Action[], parallel: number): Promise<string[]> {
	const numbers = actions.slice(parallel === 1 ? -1 : -parallel * ACTIONS_MEANWHILE).map(({ number }) => number);
	const answer = await readJson<{ latest: number }>(target, '/latest');
	if (typeof answer === 'string') return [answer];
	if (numbers.length === 0 || numbers.includes(answer.latest)) return [];
	const expected = parallel === 1 ? `is not ${numbers[0]}` : `is none of the last ${numbers.length} numbers`;
	return [`The latest number ${answer.latest} ${expected}`];
}

async function compareMessages(target: Target, name: string, { messages }: ExpectedPerson): Promise<string[]> {
	const path = `${userPath('msgs', name)}?no=${MAX_LISTED}`;
	const answer = await readJson<{ content: string; user: string }[]>(target, path);
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

async function compareFollows(target: Target, name: string, { follows }: ExpectedPerson): Promise<string[]> {
	const answer = await readJson<{ follows: string[] }>(target, `${userPath('fllws', name)}?no=${MAX_LISTED}`);
	if (typeof answer === 'string') return [answer];
	const found = new Set(answer.follows);
	const expected = new Set([...follows].slice(-MAX_LISTED));
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
	const reply = await read(target, path);
	if ('failure' in reply) return `GET ${path}: ${reply.failure} (${reply.detail})`;
	if (reply.status !== 200) return `GET ${path}: status ${reply.status}`;
	try {
		return JSON.parse(reply.body) as T;
	} catch {
		return `GET ${path}: the response is not JSON`;
	}
}
