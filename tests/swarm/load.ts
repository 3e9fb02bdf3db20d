import { randomUUID } from 'node:crypto';
import { type Account, API, SITE, ask, createAccount, form } from './site.ts';

/*
 * node load.ts RATE: RATE requests per second to the site and the API until SIGTERM, each on a connection of its own, as
 * the simulator's, for ACCOUNTS accounts (5). Prints READY when it begins and at the end one line of JSON, the report.
 */

/** What a load ended with. */
export interface LoadReport {
	requests: number;
	/** One line for each request without the expected answer. */
	failures: string[];
	/** Posts that were acknowledged. */
	acknowledged: number;
	/** Acknowledged posts that are not there. */
	lost: number;
	/** Posts that are there more than once. */
	doubled: number;
	/** Seconds from the first failure to the last. */
	secondsAway: number;
	slowestMs: number;
}

const rate = Number(process.argv[2]);
const api = {
	authorization: `Basic ${btoa(`simulator:${process.env.SIMULATOR_PASSWORD}`)}`,
	'content-type': 'application/json'
};
const run = randomUUID().slice(0, 8);
/** An account may post 300 messages in three hours, and 100 may register in one: enough for a load of ten minutes. */
const ACCOUNTS = Number(process.env.ACCOUNTS ?? 5);
const accounts: Account[] = [];
for (let number = 0; number < ACCOUNTS; number++) accounts.push(await createAccount(`load_${run}_${number}`));

const acknowledged: string[] = [];
const sent: string[] = [];
let number = 0;
const next = () => accounts[number % ACCOUNTS] as Account;

async function post(
	send: (text: string, account: Account) => Promise<{ status: number; body: string }>,
	expected: number
) {
	const text = `message ${++number} of load ${run}`;
	sent.push(text);
	const answer = await send(text, next());
	if (answer.status === expected) acknowledged.push(text);
	return describe(answer, expected);
}

function describe({ status, body }: { status: number; body: string }, expected: number): string | null {
	return status === expected ? null : `${status} ${body.replace(/\s+/g, ' ').slice(0, 120)}`;
}

const read = async (host: string, path: string, headers = {}) => describe(await ask(host, path, { headers }), 200);
const postToSite = (text: string, { cookie }: Account) =>
	ask(SITE, '/add_message', form({ text, id: randomUUID() }, { cookie }));
const postToApi = (content: string, { name }: Account) =>
	ask(API, `/msgs/${name}`, { method: 'POST', headers: api, body: JSON.stringify({ content }) });

const KINDS: Record<string, () => Promise<string | null>> = {
	'GET /public': () => read(SITE, '/public'),
	'GET /NAME': () => read(SITE, `/${next().name}`),
	'GET /': () => read(SITE, '/', { cookie: next().cookie, accept: 'text/html' }),
	'POST /add_message': () => post(postToSite, 303),
	'API GET /msgs': () => read(API, '/msgs?no=20', api),
	'API GET /latest': () => read(API, '/latest', api),
	'API POST /msgs': () => post(postToApi, 204)
};

const failures: string[] = [];
const failedAt: number[] = [];
let slowestMs = 0;

async function attempt(kind: string): Promise<void> {
	const started = performance.now();
	const failure = await KINDS[kind]?.();
	slowestMs = Math.max(slowestMs, Math.round(performance.now() - started));
	if (!failure) return;
	failedAt.push(started / 1_000);
	failures.push(`${new Date().toISOString().slice(11, 23)} ${kind} ${failure}`);
}

let requests = 0;
const open = new Set<Promise<void>>();
const kinds = Object.keys(KINDS);
console.log('READY');
const started = performance.now();
const timer = setInterval(() => {
	for (const due = ((performance.now() - started) / 1_000) * rate; requests < due; requests++) {
		const attempted = attempt(kinds[requests % kinds.length] as string).finally(() => open.delete(attempted));
		open.add(attempted);
	}
}, 10);

process.once('SIGTERM', async () => {
	clearInterval(timer);
	await Promise.all(open);
	const count = new Map<string, number>();
	for (const { name } of accounts) {
		const { body } = await ask(API, `/msgs/${name}?no=100000`, { headers: api });
		for (const { content } of JSON.parse(body) as { content: string }[])
			count.set(content, (count.get(content) ?? 0) + 1);
	}
	const report: LoadReport = {
		requests,
		failures,
		acknowledged: acknowledged.length,
		lost: acknowledged.filter((text) => !count.has(text)).length,
		doubled: sent.filter((text) => (count.get(text) ?? 0) > 1).length,
		secondsAway: failedAt.length === 0 ? 0 : Math.max(...failedAt) - Math.min(...failedAt),
		slowestMs
	};
	console.log(JSON.stringify(report));
});
