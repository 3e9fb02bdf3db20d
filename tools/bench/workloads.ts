import { follow } from '#lib/server/follows/following.ts';
import { postMessage } from '#lib/server/messages/post-message.ts';
import { readFollowsJson, readMessagesJson, readUserMessagesJson } from '#lib/server/simulator/responses.ts';
import { recordLatest } from '#lib/server/simulator/simulator-number.ts';
import { userName } from './bench-data.ts';

/** A kind of API request, and the same work without HTTP. */
export interface Workload {
	method: 'GET' | 'POST';
	/** The path of the nth request, without its latest number. */
	path: (number: number) => string;
	body?: (number: number) => object;
	/** Runs the domain functions that answer the request, and records its latest number. */
	sql: (number: number) => Promise<unknown>;
}

const NO = 100;
/** Requests rotate among this many users. */
const PEOPLE = 500;
const TEXT = 'A message of the length that messages mostly have, which is not very long.';

const person = (number: number) => userName(1 + (number % PEOPLE));
/** Users outside the rotation, so that most follows are new. */
const other = (number: number) => userName(PEOPLE + 1 + (Math.floor(number / PEOPLE) % 5_000));
const path = (resource: string, number: number) => `/${resource}/${encodeURIComponent(person(number))}`;

const recording = (number: number, work: Promise<unknown>) => Promise.all([recordLatest(number), work]);

export const workloads: Record<string, Workload> = {
	'GET /msgs': {
		method: 'GET',
		path: () => `/msgs?no=${NO}`,
		sql: (number) => recording(number, readMessagesJson(NO))
	},
	'GET /msgs/<user>': {
		method: 'GET',
		path: (number) => `${path('msgs', number)}?no=${NO}`,
		sql: (number) => recording(number, readUserMessagesJson(person(number), NO))
	},
	'GET /fllws/<user>': {
		method: 'GET',
		path: (number) => `${path('fllws', number)}?no=${NO}`,
		sql: (number) => recording(number, readFollowsJson(person(number), NO))
	},
	'POST /msgs/<user>': {
		method: 'POST',
		path: (number) => path('msgs', number),
		body: () => ({ content: TEXT }),
		sql: (number) =>
			recording(number, postMessage({ name: person(number) }, { text: TEXT, clientId: null, owner: null }))
	},
	'POST /fllws/<user>': {
		method: 'POST',
		path: (number) => path('fllws', number),
		body: (number) => ({ follow: other(number) }),
		sql: (number) => recording(number, follow({ name: person(number) }, other(number), null))
	}
};
