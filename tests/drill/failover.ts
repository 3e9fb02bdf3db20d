import type { Part } from './report.ts';
import type { Site } from './site.ts';
import { startLoad } from './load.ts';
import { readTexts, secondsUntilBack, tally } from './tally.ts';

/** Web and API have to be back by then, by themselves. */
const SECONDS_AT_MOST = 10;
const REQUESTS_AROUND = 40;

/** Kills the primary under load and promotes its standby; nobody touches web and API. */
export async function drillFailover(site: Site): Promise<Part> {
	const { first, second } = site.hosts;
	const load = startLoad(site.web.origin, site.api.origin, site.accounts);
	await load.waitForSuccesses(REQUESTS_AROUND, SECONDS_AT_MOST);
	const killed = performance.now();
	first.kill();
	await second.run('promote.sh');
	await load.waitForSuccesses(REQUESTS_AROUND, SECONDS_AT_MOST);
	await load.stop();

	const texts = await readTexts(second.urlOf('app'));
	return {
		title: 'The primary killed under load, its standby promoted',
		tallies: load.lanes.filter(({ sent }) => sent.length > 0).map((lane) => tally(lane, texts)),
		figures: load.lanes.map(({ name, attempts }) => ({
			name: `${name}: until all is well`,
			seconds: secondsUntilBack(attempts, killed),
			most: SECONDS_AT_MOST
		})),
		problems: []
	};
}
