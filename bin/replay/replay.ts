import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, type Result } from '../program/define-command.ts';
import { UsageError } from '../program/option-values.ts';
import { readClientConfig } from '../program/site.ts';
import { type LoggedRequest, readLoggedRequests } from './logged-requests.ts';
import { Repeater } from './repeat.ts';
import { Tally, wasNotProcessed } from './replay-tally.ts';

/** What to replay, and where. */
export interface Replay {
	/** The logs. */
	log: string[];
	/** The web app and the API. Requests to one that is missing are skipped. */
	url?: URL;
	apiUrl?: URL;
	password: string;
	/** A factor of the original speed; `Infinity` for no pauses. */
	speed: number;
	writesOnly: boolean;
	failed: boolean;
	anyHost: boolean;
}

const READING_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** Returns why a request is skipped, or null if it is sent. */
function findReason(request: LoggedRequest, { url, apiUrl, writesOnly, failed }: Replay): string | null {
	if (request.service === 'web' && !url) return 'sent to the web app, which --url does not name';
	if (request.service === 'api' && !apiUrl) return 'sent to the API, which --api-url does not name';
	if (writesOnly && READING_METHODS.includes(request.method)) return 'only reads';
	if (!failed && wasNotProcessed(request)) return 'answered with 429 or 5xx, so not processed';
	return null;
}

/** Waits until the request is due: its logged delay after the first request, divided by `speed`. */
async function awaitTurn(request: LoggedRequest, first: LoggedRequest, started: number, speed: number): Promise<void> {
	if (speed === Infinity) return;
	const due = started + (Date.parse(request.start) - Date.parse(first.start)) / speed;
	await sleep(Math.max(0, due - performance.now()));
}

/** Sends logged requests again, each with the status that it had. */
export async function replay(options: Replay): Promise<Result> {
	requireTargets(options);
	const config = readClientConfig();
	const { requests, others } = await readLoggedRequests(options.log);
	const simulator = { name: config.SIMULATOR_USERNAME, password: config.SIMULATOR_PASSWORD };
	const repeater = new Repeater({
		web: options.url ?? null,
		api: options.apiUrl ?? null,
		password: options.password,
		simulator
	});
	const tally = new Tally();
	tally.leaveOut('not a request', others);
	const started = performance.now();
	for (const request of requests) {
		const reason = findReason(request, options);
		if (reason !== null) {
			tally.leaveOut(reason);
			continue;
		}
		await awaitTurn(request, requests[0] ?? request, started, options.speed);
		const outcome = await repeater.repeat(request).then(
			({ status }) => status,
			(error: Error) => `no answer (${error.message})`
		);
		tally.add(request, outcome);
	}
	const failedLogIns = [...(repeater.people?.failedLogIns ?? [])];
	const seconds = (performance.now() - started) / 1000;
	const { same, different, explained } = tally;
	return {
		lines: tally.report(seconds, failedLogIns),
		json: { seconds, same, different, explained, failedLogIns },
		status: different === 0 ? EXIT.done : EXIT.failed
	};
}

/** @throws UsageError */
function requireTargets({ url, apiUrl, anyHost }: Replay): void {
	if (!url && !apiUrl) throw new UsageError('--url or --api-url is missing. --help explains the command.');
	for (const target of [url, apiUrl]) {
		if (!target || anyHost || isThisMachine(target)) continue;
		throw new UsageError(
			`${target.hostname} is another machine, and a replay changes its data: add --any-host to allow that.`
		);
	}
}

function isThisMachine({ hostname }: URL): boolean {
	return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}
