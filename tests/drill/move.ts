import { join } from 'node:path';
import pg from 'pg';
import { startLoad } from './load.ts';
import type { Part } from './report.ts';
import type { Site } from './site.ts';
import { longestWait, readTexts, tally } from './tally.ts';

/** The longest that a write may wait. */
const SECONDS_AT_MOST = 5;
const REQUESTS_AROUND = 40;

/** Moves the database to a new host under load: writes wait, and none is refused. */
export async function drillMove(site: Site): Promise<Part> {
	const { second, third } = site.hosts;
	const load = startLoad(site.web.origin, site.api.origin, site.accounts);
	await third.run('standby.sh', '127.0.0.1', String(second.port));
	await second.run('synchronous.sh', 'on');
	await load.waitForSuccesses(REQUESTS_AROUND, SECONDS_AT_MOST);
	const unexpectedMoves = await attemptBlockedMove(site);
	await load.waitForSuccesses(REQUESTS_AROUND, SECONDS_AT_MOST);
	const begun = performance.now();
	await second.run('move.sh', '127.0.0.1', join(third.folder, 'promote.sh'));
	await load.waitForSuccesses(REQUESTS_AROUND, SECONDS_AT_MOST);
	await load.stop();

	const texts = await readTexts(third.urlOf('app'));
	const refused = load.lanes.flatMap(({ name, attempts }) => {
		const failed = attempts.filter(({ succeeded }) => !succeeded);
		return failed.length > 0 ? [`${name}: ${failed.length} were refused, the first with ${failed[0]?.outcome}`] : [];
	});
	return {
		title: 'The database moved to a new host under load',
		tallies: load.lanes.filter(({ sent }) => sent.length > 0).map((lane) => tally(lane, texts)),
		figures: load.lanes.map(({ name, attempts }) => ({
			name: `${name}: longest wait`,
			seconds: longestWait(attempts, begun),
			most: SECONDS_AT_MOST
		})),
		problems: [...unexpectedMoves, ...refused]
	};
}

/** Attempts a move during an open transaction. It gives up after some seconds and changes nothing. */
async function attemptBlockedMove({ hosts: { second, third }, addressOfApp }: Site): Promise<string[]> {
	const client = new pg.Client({ connectionString: addressOfApp });
	await client.connect();
	try {
		await client.query('BEGIN');
		const move = second.run('move.sh', '127.0.0.1', join(third.folder, 'promote.sh'));
		const outcome = await move.catch((error: Error) => error.message);
		return outcome.includes('The move was cancelled') ? [] : [`A move that had to be given up said: ${outcome}`];
	} finally {
		await client.end();
	}
}
