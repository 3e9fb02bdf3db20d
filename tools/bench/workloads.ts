import { userName } from './bench-data.ts';

/** A kind of API request. */
export interface Workload {
	method: 'GET' | 'POST';
	/** The path of the nth request, without its latest number. */
	path: (number: number) => string;
	body?: (number: number) => object;
}

const NO = 100;
/** Requests rotate among this many users. */
export const PEOPLE = 500;
/** The number of users whom they follow. */
export const OTHERS = 500;
const TEXT = 'A message of the length that messages mostly have, which is not very long.';

const person = (number: number) => userName(1 + (number % PEOPLE));
/** Users outside the rotation, so that most follows are new. */
const other = (number: number) => userName(PEOPLE + 1 + (Math.floor(number / PEOPLE) % OTHERS));
const path = (resource: string, number: number) => `/${resource}/${encodeURIComponent(person(number))}`;

export const workloads: Record<string, Workload> = {
	'GET /msgs': {
		method: 'GET',
		path: () => `/msgs?no=${NO}`
	},
	'GET /msgs/<user>': {
		method: 'GET',
		path: (number) => `${path('msgs', number)}?no=${NO}`
	},
	'GET /fllws/<user>': {
		method: 'GET',
		path: (number) => `${path('fllws', number)}?no=${NO}`
	},
	'POST /msgs/<user>': {
		method: 'POST',
		path: (number) => path('msgs', number),
		body: () => ({ content: TEXT })
	},
	'POST /fllws/<user>': {
		method: 'POST',
		path: (number) => path('fllws', number),
		body: (number) => ({ follow: other(number) })
	}
};
