import { setTimeout as delay } from 'node:timers/promises';
import { startLoad } from './load.ts';
import { openStream } from './news.ts';
import type { Part } from './report.ts';
import type { Site } from './site.ts';
import { readTexts, secondsUntilBack, tally } from './tally.ts';

/** Web app and API must recover by themselves within this time. */
const SECONDS_AT_MOST = 10;
const REQUESTS_AROUND = 40;
/** Posts in this time would be acknowledged and lost if commits did not wait for the standby. */
const CUT_OFF_MS = 500;

/**
 * Cuts the standby off under load, kills the primary and promotes the standby, without touching the web app and the API.
 * Everything acknowledged must be on the standby, and nothing that it lacks may have been acknowledged.
 */
export async function drillFailover(site: Site): Promise<Part> {
	const { first, second } = site.hosts;
	const reader = await openStream(site.web.origin);
	site.ends.defer(() => reader.close());
	const load = startLoad(site.web.origin, site.api.origin, site.accounts);
	await load.waitForSuccesses(REQUESTS_AROUND, SECONDS_AT_MOST);
	site.link.cut();
	await delay(CUT_OFF_MS);
	const killed = performance.now();
	first.kill();
	site.link.end();
	await second.run('promote.sh');
	await load.waitForSuccesses(REQUESTS_AROUND, SECONDS_AT_MOST);
	const secondsUntilEvents = await reader.waitForEvents(killed, SECONDS_AT_MOST);
	await load.stop();

	const texts = await readTexts(second.urlOf('app'));
	return {
		title: 'The primary cut off from its standby and killed under load, the standby promoted',
		tallies: load.lanes.filter(({ sent }) => sent.length > 0).map((lane) => tally(lane, texts)),
		figures: [
			...load.lanes.map(({ name, attempts }) => ({
				name: `${name}: until recovery`,
				seconds: secondsUntilBack(attempts, killed),
				most: SECONDS_AT_MOST
			})),
			{ name: 'new messages on an open page, web', seconds: secondsUntilEvents, most: SECONDS_AT_MOST }
		],
		problems: []
	};
}
