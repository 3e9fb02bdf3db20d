import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Account, SIMULATOR } from './accounts.ts';

/** One request and how it ended. Times are those of `performance.now()`. */
export interface Attempt {
	started: number;
	ended: number;
	succeeded: boolean;
	/** What the server answered, or why it did not. */
	outcome: string;
}

/** One kind of request to one entry point, such as posts to the web app. */
export interface Lane {
	name: string;
	attempts: Attempt[];
	/** Texts whose post succeeded. */
	acknowledged: string[];
	/** All texts that were sent. */
	sent: string[];
}

/** A continuous load of requests until it is stopped. */
export interface Load {
	lanes: Lane[];
	/** Waits until every lane has succeeded `times` more, for at most `seconds`. */
	waitForSuccesses(times: number, seconds: number): Promise<void>;
	/** Stops the load. Resolves once the requests in flight have been answered. */
	stop(): Promise<void>;
}

const WRITERS = 3;
const PAUSE_MS = 15;
/** Longer than the servers' own timeouts. */
const ANSWER_TIMEOUT_MS = 20_000;

let count = 0;

/** Starts to post to and read from the web app and the API. Posts to the web app have an id and are retried until stored. */
export function startLoad(web: string, api: string, accounts: Account[]): Load {
	const ending = new AbortController();
	const work: Promise<void>[] = [];
	const lanes: Lane[] = [];
	const addLane = (name: string, workers: number, step: (lane: Lane, worker: number) => Promise<void>) => {
		const lane: Lane = { name, attempts: [], acknowledged: [], sent: [] };
		lanes.push(lane);
		for (let worker = 0; worker < workers; worker++) work.push(repeat(() => step(lane, worker), ending.signal));
	};
	const author = (worker: number) => accounts[worker % accounts.length] as Account;
	addLane('posts with an id, web', WRITERS, (lane, worker) => postAtWeb(lane, web, author(worker), ending.signal));
	addLane('posts, API', WRITERS, (lane, worker) => postAtApi(lane, api, author(worker).name));
	addLane('reads, web', 1, (lane) => read(lane, `${web}/public`));
	addLane('reads, API', 1, (lane) => read(lane, `${api}/msgs?no=20`));
	return {
		lanes,
		waitForSuccesses: (times, seconds) => waitForSuccesses(lanes, times, seconds),
		async stop() {
			ending.abort();
			await Promise.all(work);
		}
	};
}

async function repeat(step: () => Promise<void>, signal: AbortSignal): Promise<void> {
	while (!signal.aborted) {
		await step();
		await delay(PAUSE_MS);
	}
}

async function postAtWeb(lane: Lane, web: string, author: Account, signal: AbortSignal): Promise<void> {
	const text = newText(lane);
	const body = JSON.stringify({ kind: 'message', id: randomUUID(), owner: author.id, text });
	const headers = { 'content-type': 'application/json', origin: web, cookie: author.cookie };
	while (!(await attempt(lane, `${web}/outbox`, { method: 'POST', headers, body }))) {
		if (signal.aborted) return;
		await delay(PAUSE_MS);
	}
	lane.acknowledged.push(text);
}

async function postAtApi(lane: Lane, api: string, author: string): Promise<void> {
	const text = newText(lane);
	const headers = { 'content-type': 'application/json', authorization: SIMULATOR };
	const request = { method: 'POST', headers, body: JSON.stringify({ content: text }) };
	if (await attempt(lane, `${api}/msgs/${author}?latest=${count}`, request)) lane.acknowledged.push(text);
}

async function read(lane: Lane, url: string): Promise<void> {
	await attempt(lane, url, { headers: { authorization: SIMULATOR } });
}

function newText(lane: Lane): string {
	const text = `drill ${++count}`;
	lane.sent.push(text);
	return text;
}

/** Sends a request and records the outcome. Resolves to whether it succeeded. */
async function attempt(lane: Lane, url: string, request: RequestInit): Promise<boolean> {
	const started = performance.now();
	let succeeded = false;
	let outcome: string;
	try {
		const response = await fetch(url, { ...request, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
		const text = await response.text();
		succeeded = response.ok;
		outcome = `${response.status} ${succeeded ? '' : text.slice(0, 200)}`;
	} catch (error) {
		outcome = String((error as Error).cause ?? error);
	}
	lane.attempts.push({ started, ended: performance.now(), succeeded, outcome });
	return succeeded;
}

async function waitForSuccesses(lanes: Lane[], times: number, seconds: number): Promise<void> {
	const successes = (lane: Lane) => lane.attempts.filter(({ succeeded }) => succeeded).length;
	const goals = lanes.map((lane) => successes(lane) + times);
	const deadline = Date.now() + seconds * 1000;
	while (lanes.some((lane, index) => successes(lane) < (goals[index] as number))) {
		if (Date.now() > deadline) return;
		await delay(20);
	}
}
