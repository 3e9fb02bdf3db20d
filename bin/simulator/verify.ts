import pLimit from 'p-limit';
import type { Action } from './actions.ts';
import { type Target, read, userPath } from './client.ts';
import { type ImpliedPerson, imply } from './implied-state.ts';

/** What one request can list at most. */
const MOST_LISTED = 1_000;
/** Actions that the other clients may finish while one of theirs is under way. */
const ACTIONS_MEANWHILE = 50;

/**
 * Compares what a server holds with what a log implies, without changing anything. Resolves to the
 * differences as sentences. `parallel` is the number of clients that replayed the log: with more than
 * one, the number received last is one of the last, not the last.
 */
export async function verify(
	target: Target,
	actions: Action[],
	parallel: number,
	onPerson: (differences: string[]) => void = () => undefined
): Promise<string[]> {
	const inTurn = pLimit(parallel);
	const comparePerson = async (name: string, person: ImpliedPerson) => {
		const differences = [
			...(await compareMessages(target, name, person)),
			...(await compareFollows(target, name, person))
		];
		onPerson(differences);
		return differences;
	};
	const people = [...imply(actions)].map(([name, person]) => inTurn(comparePerson, name, person));
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

async function compareMessages(target: Target, name: string, { messages }: ImpliedPerson): Promise<string[]> {
	const path = `${userPath('msgs', name)}?no=${MOST_LISTED}`;
	const answer = await readJson<{ content: string; user: string }[]>(target, path);
	if (typeof answer === 'string') return [answer];
	const found = answer.map(({ content }) => content).reverse();
	const expected = messages.slice(-MOST_LISTED);
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

async function compareFollows(target: Target, name: string, { follows }: ImpliedPerson): Promise<string[]> {
	const answer = await readJson<{ follows: string[] }>(target, `${userPath('fllws', name)}?no=${MOST_LISTED}`);
	if (typeof answer === 'string') return [answer];
	const found = new Set(answer.follows);
	const expected = new Set([...follows].slice(-MOST_LISTED));
	const who = JSON.stringify(name);
	const list = (names: Set<string>) => [...names].map((other) => JSON.stringify(other)).join(', ');
	const [missing, extra] = [expected.difference(found), found.difference(expected)];
	const differences: string[] = [];
	if (missing.size > 0) differences.push(`${who} does not follow ${list(missing)}`);
	if (extra.size > 0) differences.push(`${who} follows ${list(extra)} too`);
	if (answer.follows.length !== found.size) differences.push(`${who} follows somebody twice`);
	return differences;
}

/** The parsed answer, or what is wrong with it. Its form is the protocol's; another one fails loudly. */
async function readJson<T extends object>(target: Target, path: string): Promise<T | string> {
	const reply = await read(target, path);
	if ('failure' in reply) return `GET ${path}: ${reply.failure} (${reply.detail})`;
	if (reply.status !== 200) return `GET ${path}: status ${reply.status}`;
	try {
		return JSON.parse(reply.body) as T;
	} catch {
		return `GET ${path}: the answer is no JSON`;
	}
}
