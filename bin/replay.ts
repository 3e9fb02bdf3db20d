import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '#lib/server/config.ts';
import { type Flags, USAGE, readFlags } from './replay/replay-flags.ts';
import { type LoggedRequest, readLoggedRequests } from './replay/logged-requests.ts';
import { Repeater } from './replay/repeat.ts';
import { Tally, wasNotProcessed } from './replay/replay-tally.ts';
import { runCommand } from './command-line.ts';

/* npm run replay: sends logged requests again. Exit status 1 if any response has another status than the logged one. */

const READING_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** Returns why a request is skipped, or null if it is sent. */
function findReason(request: LoggedRequest, { url, apiUrl, writesOnly, failed }: Flags): string | null {
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

async function replay(flags: Flags): Promise<boolean> {
	// The client needs no database; the other keys are shared with the servers.
	const config = readConfig({ DATABASE_URL: 'postgres://none', ...process.env });
	const { requests, others } = await readLoggedRequests(flags.logs);
	const simulator = { name: config.SIMULATOR_USERNAME, password: config.SIMULATOR_PASSWORD };
	const repeater = new Repeater({ web: flags.url, api: flags.apiUrl, password: flags.password, simulator });
	const tally = new Tally();
	tally.leaveOut('not a request', others);
	const started = performance.now();
	for (const request of requests) {
		const reason = findReason(request, flags);
		if (reason !== null) {
			tally.leaveOut(reason);
			continue;
		}
		await awaitTurn(request, requests[0] ?? request, started, flags.speed);
		const outcome = await repeater.repeat(request).then(
			({ status }) => status,
			(error: Error) => `no answer (${error.message})`
		);
		tally.add(request, outcome);
	}
	const failedLogIns = [...(repeater.people?.failedLogIns ?? [])];
	console.log(tally.report((performance.now() - started) / 1000, failedLogIns).join('\n'));
	return tally.different === 0;
}

await runCommand(USAGE, (args) => replay(readFlags(args)));
